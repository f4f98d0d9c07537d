// @ts-check
// Runs in the page before anything else. Its clock stands still until it is told to go on, and all is done in the page, so
// that what is drawn at a time is the same in every run: every frame that is wanted is decoded before the picture is taken.
{
  let now = 0;
  let decoding = 0;
  let decoded = 0;
  /** @type {FrameRequestCallback[]} */
  let waiting = [];
  // Without workers the element does all of its work here.
  Reflect.deleteProperty(window, 'Worker');
  performance.now = () => now;
  window.requestAnimationFrame = (callback) => waiting.push(callback);
  const decode = window.createImageBitmap.bind(window);
  window.createImageBitmap = async (/** @type {any[]} */ ...what) => {
    decoding += 1;
    try {
      return await Reflect.apply(decode, window, what);
    } finally {
      decoding -= 1;
      decoded += 1;
    }
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  const run = () => {
    const callbacks = waiting;
    waiting = [];
    for (const callback of callbacks) callback(now);
  };
  window.clock = {
    get now() {
      return now;
    },
    async to(time) {
      now = time;
      // What the page has asked for reaches the player.
      await turn();
      for (let before = -1; before !== decoded; ) {
        before = decoded;
        run();
        do await turn();
        while (decoding);
      }
      run();
    },
  };
}

// @ts-check
// Runs in the page before anything else: counts what is drawn, and notes when the picture changed.
// The same for both sides. Times are ms since navigation start.

(() => {
  /** `pictures` are animation frames in which something was drawn: a mix of four frames is four draws. */
  const counts = { draws: 0, pictures: 0, uploads: 0, ticks: 0 };
  let drawnAt = -1;
  /** @type {number[]} */
  const longTasks = [];
  /** @type {string[]} */
  const errors = [];
  /** @type {Set<string>} */
  const visited = new Set();

  const probe = {
    counts,
    longTasks,
    errors,
    visited,
    /** @type {[number, number] | null} Row and column that the widget is at. */
    cell: null,
    /** When the first picture was on screen: two animation frames after the call that drew it. */
    firstAt: 0,
    /** When the picture last changed: the same two frames later. */
    changedAt: 0,
    readyAt: 0,
    isReady() {
      probe.readyAt = performance.now();
      // A worker's first picture is seen here only by the event that follows it.
      if (!probe.firstAt) changed();
    },
    /** The element says where it looks; what it shows is seen by its draw calls. @param {number} row @param {number} column */
    looksAt(row, column) {
      probe.cell = [row, column];
      visited.add(`${row},${column}`);
    },
    /** The peer draws in every tick, so it says itself when it draws something else. @param {number} row @param {number} column */
    shows(row, column) {
      probe.looksAt(row, column);
      changed();
    },
    /** @param {string} message */
    failed(message) {
      errors.push(message);
    },
  };

  function changed() {
    frame(() =>
      frame(() => {
        probe.changedAt = performance.now();
        probe.firstAt ||= probe.changedAt;
      }),
    );
  }

  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    frame((time) => {
      counts.ticks += 1;
      callback(time);
    });

  /** @param {any} type @param {string} name @param {'draws' | 'uploads'} kind */
  function count(type, name, kind) {
    const real = type?.prototype?.[name];
    if (!real) return;
    /** @this {any} @param {any[]} rest */
    type.prototype[name] = function (...rest) {
      counts[kind] += 1;
      // The timeline stands still within an animation frame.
      const at = Number(document.timeline.currentTime);
      if (kind === 'draws' && at !== drawnAt) {
        drawnAt = at;
        counts.pictures += 1;
      }
      // A 2d canvas shows what it is given; one that is out of the page shows nothing.
      if (kind === 'draws' && TWO_D.has(type) && this.canvas?.isConnected) changed();
      return real.apply(this, rest);
    };
  }
  const TWO_D = new Set([CanvasRenderingContext2D, ImageBitmapRenderingContext]);
  for (const name of ['drawImage', 'putImageData']) {
    count(CanvasRenderingContext2D, name, 'draws');
    count(OffscreenCanvasRenderingContext2D, name, 'draws');
  }
  count(ImageBitmapRenderingContext, 'transferFromImageBitmap', 'draws');
  for (const type of [WebGLRenderingContext, WebGL2RenderingContext]) {
    for (const name of ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced']) {
      count(type, name, 'draws');
    }
    for (const name of ['texImage2D', 'texSubImage2D']) count(type, name, 'uploads');
  }

  // A worker that is told to draw draws: what it is told counts as drawn.
  const tell = Worker.prototype.postMessage;
  /** @this {Worker} @param {any} orders @param {any[]} rest */
  Worker.prototype.postMessage = function (orders, ...rest) {
    for (const order of Array.isArray(orders) ? orders : []) {
      if (order.do !== 'draw') continue;
      counts.draws += order.layers.length;
      counts.pictures += 1;
      changed();
    }
    return tell.call(this, orders, .../** @type {[any]} */ (rest));
  };

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTasks.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });
  addEventListener('error', (event) => errors.push(event.message));
  addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
  Object.assign(window, { probe });
})();

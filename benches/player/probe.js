// @ts-check
// Runs in the page before anything else: counts what is drawn, and notes when the picture changed.
// The same for both sides. Times are ms since navigation start.

(() => {
  /** `pictures` are animation frames in which something was drawn: a mix of four frames is four draws. */
  const counts = { draws: 0, pictures: 0, uploads: 0, ticks: 0 };
  /** Asks a worker what it has counted; it says nothing by itself, so that counting costs the page nothing.
   * @type {() => Promise<{ counts: typeof counts, changedAt: number }>} */
  let askWorker = async () => ({ counts: { draws: 0, pictures: 0, uploads: 0, ticks: 0 }, changedAt: 0 });
  let drawnAt = -1;
  let changedAt = 0;
  /** @type {number[]} */
  const longTasks = [];
  /** @type {string[]} */
  const errors = [];
  /** @type {Set<string>} */
  const visited = new Set();

  const probe = {
    async counts() {
      const there = (await askWorker()).counts;
      const sum = (/** @type {keyof typeof counts} */ key) => counts[key] + there[key];
      return { draws: sum('draws'), pictures: sum('pictures'), uploads: sum('uploads'), ticks: sum('ticks') };
    },
    longTasks,
    errors,
    visited,
    /** @type {[number, number] | null} Row and column that the widget is at. */
    cell: null,
    /** When the first picture was on screen: two animation frames after the call that drew it. */
    firstAt: 0,
    /** When the picture last changed: the same two frames later. */
    async changedAt() {
      return Math.max(changedAt, (await askWorker()).changedAt);
    },
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
        changedAt = performance.now();
        probe.firstAt ||= changedAt;
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

  // A worker is watched by a script that runs there before its own.
  const RealWorker = window.Worker;
  window.Worker = class extends RealWorker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      const code = `(${watchWorker})(${performance.timeOrigin}); importScripts(${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), options);
      /** @type {((answer: any) => void)[]} */
      const asking = [];
      this.addEventListener('message', (event) => {
        if (!event.data?.probe) return;
        event.stopImmediatePropagation();
        asking.shift()?.(event.data.probe);
      });
      askWorker = () =>
        new Promise((resolve) => {
          asking.push(resolve);
          this.postMessage('probe');
        });
    }
  };

  /** Runs in a worker. @param {number} since The page's time origin. */
  function watchWorker(since) {
    const ask = self.requestAnimationFrame.bind(self);
    const counts = { draws: 0, pictures: 0, uploads: 0, ticks: 0 };
    let changedAt = 0;
    let isDrawn = false;
    addEventListener('message', (event) => {
      if (event.data !== 'probe') return;
      event.stopImmediatePropagation();
      /** @type {any} */ (self).postMessage({ probe: { counts, changedAt } });
    });
    self.requestAnimationFrame = (callback) =>
      ask((time) => {
        counts.ticks += 1;
        isDrawn = false;
        callback(time);
      });
    for (const name of ['drawImage', 'putImageData']) {
      const type = /** @type {any} */ (OffscreenCanvasRenderingContext2D.prototype);
      const real = type[name];
      type[name] = function (/** @type {any[]} */ ...rest) {
        counts.draws += 1;
        if (!isDrawn) counts.pictures += 1;
        isDrawn = true;
        ask(() => ask(() => {
          changedAt = performance.timeOrigin + performance.now() - since;
        }));
        return real.apply(this, rest);
      };
    }
  }

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTasks.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });
  addEventListener('error', (event) => errors.push(event.message));
  addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
  Object.assign(window, { probe });
})();

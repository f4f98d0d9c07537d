// @ts-check
// Runs in the page before anything else: counts what is drawn, and notes when the picture changed.
// The same for both sides. Times are ms since navigation start.

(() => {
  /** `pictures` are animation frames in which something was drawn: a mix of four frames is four draws. */
  const counts = { draws: 0, pictures: 0, uploads: 0, ticks: 0 };
  /** What a worker has counted, in the order of `counts`, and when its picture last changed. Shared memory, so that
   * telling it costs the page's main thread nothing. */
  const there = new Float64Array(new SharedArrayBuffer(5 * 8));
  let drawnAt = -1;
  let changedAt = 0;
  /** @type {number[]} */
  const longTasks = [];
  /** @type {string[]} */
  const errors = [];
  /** @type {Set<string>} */
  const visited = new Set();

  const probe = {
    get counts() {
      const { draws, pictures, uploads, ticks } = counts;
      return { draws: draws + there[0], pictures: pictures + there[1], uploads: uploads + there[2], ticks: ticks + there[3] };
    },
    longTasks,
    errors,
    visited,
    /** @type {[number, number] | null} Row and column that the widget is at. */
    cell: null,
    /** When the first picture was on screen: two animation frames after the call that drew it. */
    firstAt: 0,
    /** When the picture last changed: the same two frames later. */
    get changedAt() {
      return Math.max(changedAt, there[4]);
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
      const code = `(${watchWorker})(); importScripts(${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), options);
      this.postMessage({ probe: there, since: performance.timeOrigin });
    }
  };

  /** Runs in a worker. */
  function watchWorker() {
    const ask = self.requestAnimationFrame.bind(self);
    /** @type {Float64Array | undefined} */
    let shared;
    let since = 0;
    let isDrawn = false;
    addEventListener('message', (event) => {
      if (!event.data?.probe) return;
      event.stopImmediatePropagation();
      ({ probe: shared, since } = event.data);
    });
    /** @param {number} i */
    const count = (i) => {
      if (shared) shared[i] += 1;
    };
    self.requestAnimationFrame = (callback) =>
      ask((time) => {
        count(3);
        isDrawn = false;
        callback(time);
      });
    for (const name of /** @type {const} */ (['drawImage', 'putImageData'])) {
      const real = /** @type {any} */ (OffscreenCanvasRenderingContext2D.prototype[name]);
      /** @type {any} */ (OffscreenCanvasRenderingContext2D.prototype)[name] = function (/** @type {any[]} */ ...rest) {
        count(0);
        if (!isDrawn) count(1);
        isDrawn = true;
        ask(() => ask(() => {
          if (shared) shared[4] = performance.timeOrigin + performance.now() - since;
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

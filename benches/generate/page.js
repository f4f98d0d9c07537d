// @ts-check
// Makes faces from the picture in the address, and reports how long each took.

const query = new URLSearchParams(location.search);
const tracker = /** @type {HTMLElement & { src: unknown }} */ (document.querySelector('gaze-tracker'));
/** Bytes of the modules' memories in all workers. */
let memory = 0;

// A worker tells how large its module's memory is, after each task.
const channel = new BroadcastChannel('bench');
channel.onmessage = ({ data }) => {
  memory = Math.max(memory, data);
};
const prelude = () => {
  const channel = new BroadcastChannel('bench');
  const { instantiate } = WebAssembly;
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  WebAssembly.instantiate = /** @type {any} */ (
    async (/** @type {Parameters<typeof instantiate>} */ ...args) => {
      const made = /** @type {any} */ (await instantiate(...args));
      memories.push((made.instance ?? made).exports.memory);
      return made;
    }
  );
  const post = self.postMessage.bind(self);
  self.postMessage = /** @type {any} */ (
    (/** @type {any} */ message, /** @type {any} */ ...rest) => {
      if (message?.type === 'done') channel.postMessage(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
      post(message, ...rest);
    }
  );
};
const Plain = Worker;
window.Worker = class extends Plain {
  /** @param {string | URL} url @param {WorkerOptions} [options] */
  constructor(url, options) {
    const isMaker = options?.name === 'gaze-tracker-generate';
    super(isMaker ? URL.createObjectURL(new Blob([`(${prelude})(); importScripts(${JSON.stringify(String(url))})`])) : url, options);
  }
};

/** @param {unknown} result */
const report = (result) => fetch(`/report?${encodeURIComponent(JSON.stringify(result))}`);

async function run() {
  const picture = await (await fetch(`/pictures/${query.get('picture')}`)).blob();
  const { generate, prepare } = await import(/* @vite-ignore */ '/dist/generate.js');
  // What a page does meanwhile is not measured.
  await new Promise((resolve) => setTimeout(resolve, 500));
  if (query.has('prepared')) await prepare();
  const runs = [];
  for (let i = 0; i < Number(query.get('runs') ?? 1); i++) {
    /** @type {Record<string, number>} */
    const stages = {};
    const start = performance.now();
    let since = start;
    const face = await generate(picture, {
      maxSize: Number(query.get('size') ?? 512),
      onProgress: (/** @type {{ stage: string, loaded: number, total: number }} */ { stage, loaded, total }) => {
        if (loaded < total) return;
        stages[stage] = Math.round((stages[stage] ?? 0) + performance.now() - since);
        since = performance.now();
      },
    });
    const made = performance.now();
    const live = new Promise((resolve, reject) => {
      tracker.addEventListener('ready', resolve, { once: true });
      tracker.addEventListener('error', (event) => reject(/** @type {any} */ (event).error), { once: true });
    });
    tracker.src = face;
    await live;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    runs.push({ made: made - start, live: performance.now() - start, bytes: face.blob.size, width: face.width, height: face.height, stages });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { runs, memory };
}

run().then(report, (/** @type {Error} */ error) => report({ error: error.message }));

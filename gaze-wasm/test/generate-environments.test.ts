// Browsers and pages that lack something, or forbid it; and what the visitor's patience does.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { LAB_HTML, made, MODELS, openLab, serveLab } from './generate-lab.js';

const browser = new TestBrowser([
  // A name that is no secure context, as an address in a home network is none.
  '--host-resolver-rules=MAP home.test 127.0.0.1',
]);
serveLab(browser);

/** Serves the lab with these headers; its path. */
function labWith(name: string, headers: Record<string, string>): string {
  const path = `/${name}.html`;
  browser.site.route(path, (response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...headers });
    response.end(LAB_HTML);
  });
  return path;
}

/** How many files were asked for whose path ends like this. */
function asked(end: string): number {
  return browser.site.asked.filter((path) => path.endsWith(end)).length;
}

/** Lets tests count workers, and run a function in each before its own code. */
function watchWorkers(prelude: string): void {
  const lab = window as unknown as { workers: number; living: Set<Worker> };
  lab.workers = 0;
  lab.living = new Set();
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(URL.createObjectURL(new Blob([`${prelude}; importScripts(${JSON.stringify(String(url))});`])), options);
      lab.workers++;
      lab.living.add(this);
    }
    override terminate(): void {
      lab.living.delete(this);
      super.terminate();
    }
  };
}

/** Opens the lab with workers that are watched. */
async function openWatched(prelude: () => void, site?: string): Promise<Page> {
  return openLab(browser, { before: `(${watchWorkers})(${JSON.stringify(`(${prelude})()`)})`, ...(site && { site }) });
}

const workersOf = (page: Page) => page.evaluate(() => {
  const { workers, living } = window as unknown as { workers: number; living: Set<Worker> };
  return { made: workers, living: living.size };
});

const makeOne = (page: Page) => page.evaluate(async () => window.lab.run(await window.lab.jpeg(160, 160)));

describe('without', () => {
  test('a worker, the page does it', async () => {
    const before = asked('/generate-in-page.js');
    const page = await openLab(browser, { before: `delete window.Worker` });
    const outcomes = await page.evaluate(async () => {
      const photos = await Promise.all([window.lab.jpeg(160, 160), window.lab.jpeg(160, 120)]);
      return Promise.all(photos.map((photo) => window.lab.run(photo)));
    });
    expect(outcomes.map((outcome) => made(outcome).face.height)).toEqual([160, 120]);
    expect(asked('/generate-in-page.js')).toBe(before + 1);
    // The same bytes as in a worker.
    const other = await openLab(browser);
    expect(made(await makeOne(other)).file).toBe(made(outcomes[0]!).file);
    expect(asked('/generate-in-page.js')).toBe(before + 1);
  });

  test('a worker that answers, the page does it', async () => {
    const page = await openLab(browser, { before: 'window.Worker = class extends EventTarget { postMessage() {} terminate() {} };' });
    made(await makeOne(page));
    made(await makeOne(page));
  });

  test('pictures in workers, the page does it', async () => {
    const page = await openLab(browser, { before: `window.Worker = class extends Worker {
      constructor(url, options) {
        super(URL.createObjectURL(new Blob(['self.createImageBitmap = async () => { throw new Error("no"); }; importScripts(' + JSON.stringify(String(url)) + ')'])), options);
      }
    };` });
    made(await makeOne(page));
  });

  test('a canvas for workers, the page does it with its own', async () => {
    const page = await openLab(browser);
    const outcome = await page.evaluate(async () => {
      const photo = await window.lab.jpeg(160, 160);
      delete (window as { OffscreenCanvas?: unknown }).OffscreenCanvas;
      return window.lab.run(photo);
    });
    made(outcome);
    expect(asked('/generate-in-page.js')).toBeGreaterThan(0);
  });

  test('the files for that, it says so', async () => {
    const page = await openLab(browser, { before: `delete window.Worker` });
    await page.route('**/generate-in-page.js', (route) => route.abort());
    expect((await makeOne(page)).error).toMatchObject({ kind: 'missing', message: expect.stringMatching(/^the files of gaze-tracker\/generate are incomplete: /) });
  });

  test('SIMD, the plain module makes the same face', async () => {
    const [plain, simd] = [asked('/gaze_generate_bg.wasm'), asked('/gaze_generate_simd_bg.wasm')];
    // The probe is the only small module that is validated.
    const page = await openLab(browser, { before: `{ const validate = WebAssembly.validate; WebAssembly.validate = (bytes) => bytes.length > 40 && validate(bytes); }` });
    const face = made(await makeOne(page)).face;
    expect([asked('/gaze_generate_bg.wasm') - plain, asked('/gaze_generate_simd_bg.wasm') - simd]).toEqual([1, 0]);
    const other = made(await makeOne(await openLab(browser))).face;
    expect([asked('/gaze_generate_bg.wasm') - plain, asked('/gaze_generate_simd_bg.wasm') - simd]).toEqual([1, 1]);
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(face.faces[0]![key]).toBeCloseTo(other.faces[0]![key], 1);
  });

  test('WebAssembly, it says so; in workers alone, the page does it', async () => {
    const without = () => delete (globalThis as { WebAssembly?: unknown }).WebAssembly;
    made(await makeOne(await openWatched(without)));
    const page = await openWatched(without);
    await page.evaluate(without);
    expect((await makeOne(page)).error).toMatchObject({ kind: 'wasm', message: 'faces cannot be made here: this browser has WebAssembly switched off' });
  });

  test('a secure context, nothing is kept and all is checked', async () => {
    const site = browser.site.url.replace('127.0.0.1', 'home.test');
    const page = await openLab(browser, { site });
    expect(await page.evaluate(() => [isSecureContext, 'caches' in window, crypto.subtle === undefined])).toEqual([false, false, true]);
    made(await makeOne(page));
    const { error } = await page.evaluate(async () => {
      const models = Object.fromEntries(['face_detection_short_range', 'face_landmark', 'selfie_segmentation'].map((name) => [`${name}.onnx`, `/player/models/${name}.onnx`]));
      window.lab.module.setGenerateSource({ models: { ...models, 'iris_landmark.onnx': new Uint8Array(1_327_128) } });
      return window.lab.run(await window.lab.jpeg(160, 160));
    });
    expect(error).toMatchObject({ kind: 'integrity', message: expect.stringMatching(/^iris_landmark\.onnx is not the model/) });
  });

  test('storage that can be used, it lives all the same', async () => {
    const page = await openWatched(() => {
      CacheStorage.prototype.open = () => Promise.reject(new DOMException('no', 'SecurityError'));
    });
    made(await makeOne(page));
  });
});

describe('a page whose policy', () => {
  test('forbids WebAssembly is told which directive does', async () => {
    const page = await openLab(browser, { path: labWith('no-wasm', { 'content-security-policy': "script-src 'self'; worker-src blob:" }) });
    const message = expect.stringMatching(/^faces cannot be made here, since gaze_generate_simd_bg\.wasm could not be started: .*'wasm-unsafe-eval' in script-src/);
    expect((await makeOne(page)).error).toMatchObject({ kind: 'wasm', message });
  });

  test('forbids workers of blobs does it itself', async () => {
    const page = await openLab(browser, { path: labWith('no-worker', { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'" }) });
    made(await makeOne(page));
    made(await makeOne(page));
  });

  test.each([
    ['wants trusted types has it done by a worker', "require-trusted-types-for 'script'; trusted-types gaze-tracker-generate", 1],
    ['wants trusted types of others alone does it itself', "require-trusted-types-for 'script'; trusted-types others", 0],
  ])('%s', async (_, policy, workers) => {
    const page = await openLab(browser, { path: labWith(`trusted-${workers}`, { 'content-security-policy': policy }) });
    made(await makeOne(page));
    expect(page.workers()).toHaveLength(workers);
  });

  test('isolates it from other sites works as any', async () => {
    const page = await openLab(browser, { path: labWith('isolated', { 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-opener-policy': 'same-origin' }) });
    made(await makeOne(page));
  });
});

test('a module that is missing, or none, is named', async () => {
  browser.site.route('/login/gaze_generate_simd_bg.wasm', '<!doctype html>');
  browser.site.route('/front/gaze_generate_simd_bg.wasm', (response) => void response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  const page = await openLab(browser);
  const errors = await page.evaluate(async () => {
    const photo = await window.lab.jpeg(160, 160);
    const errors = [];
    for (const wasm of ['/nowhere/', '/login/', '/front/']) {
      window.lab.module.setGenerateSource({ wasm });
      errors.push((await window.lab.run(photo)).error);
    }
    window.lab.module.setGenerateSource('/player');
    return [...errors, (await window.lab.run(photo)).error];
  });
  expect(errors).toEqual([
    { name: 'GenerateError', kind: 'missing', message: expect.stringMatching(/^gaze_generate_simd_bg\.wasm could not be loaded: the server answered 404: serve what dist of gaze-tracker holds/) },
    { name: 'GenerateError', kind: 'wasm', message: expect.stringMatching(/^faces cannot be made here, since gaze_generate_simd_bg\.wasm could not be started: is it the file of this version/) },
    { name: 'GenerateError', kind: 'missing', message: expect.stringMatching(/^the server sent a web page instead of gaze_generate_simd_bg\.wasm: serve what dist of gaze-tracker holds beside its scripts, or say where it is by setGenerateSource\(\)/) },
    undefined,
  ]);
});

test.each(['/player/?v=3', '/player?v=3'])('the query of a folder goes to all its files: %s', async (folder) => {
  const page = await openLab(browser);
  // What is kept from before would not be asked for.
  await page.evaluate(() => caches.delete('gaze-tracker-models'));
  const from = browser.site.askedInFull.length;
  const outcome = await page.evaluate(async (folder) => {
    window.lab.module.setGenerateSource(folder);
    return window.lab.run(await window.lab.jpeg(160, 160));
  }, folder);
  made(outcome);
  const files = browser.site.askedInFull.slice(from).filter((path) => /\.(wasm|onnx)/.test(path));
  expect(files.length).toBeGreaterThan(3);
  for (const path of files) expect(path).toMatch(/^\/player\/(models\/)?\w+\.(wasm|onnx)\?v=3$/);
});

describe('memory', () => {
  test('of the module stays small for twelve megapixels', async () => {
    const page = await openWatched(() => {
      const { instantiate } = WebAssembly;
      const memories: WebAssembly.Memory[] = [];
      (WebAssembly as { instantiate: unknown }).instantiate = async (...args: Parameters<typeof instantiate>) => {
        const made = await instantiate(...args);
        const { instance } = made as unknown as WebAssembly.WebAssemblyInstantiatedSource;
        memories.push((instance ?? made).exports['memory'] as WebAssembly.Memory);
        return made;
      };
      const channel = new BroadcastChannel('memory');
      channel.onmessage = ({ data }) => data === 'ask' && channel.postMessage(memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
    });
    const bytes = await page.evaluate(async () => {
      const { lab } = window;
      const photo = await lab.jpeg(4000, 3000);
      for (const options of [{}, { crop: 'head', removeBackground: true }, { crop: 'bust' }] as const) {
        const { error } = await lab.run(photo, options);
        if (error) throw new Error(error.message);
      }
      const channel = new BroadcastChannel('memory');
      const answer = new Promise<number>((resolve) => {
        channel.onmessage = ({ data }) => resolve(data as number);
      });
      channel.postMessage('ask');
      return answer;
    });
    expect(bytes).toBeGreaterThan(10e6);
    expect(bytes).toBeLessThan(80e6);
  });

  test('never holds more than 25 million pixels', async () => {
    const page = await openLab(browser, {
      before: `delete window.Worker;
        window.pixels = []; window.canvases = [];
        const read = window.createImageBitmap;
        window.createImageBitmap = async (...args) => { const bitmap = await read(...args); window.pixels.push(bitmap.width * bitmap.height); return bitmap; };
        const draw = OffscreenCanvasRenderingContext2D.prototype.drawImage;
        OffscreenCanvasRenderingContext2D.prototype.drawImage = function (...args) { window.canvases.push(this.canvas.width * this.canvas.height); return draw.apply(this, args); };`,
    });
    const result = await page.evaluate(async () => {
      const { lab } = window;
      const { pixels, canvases } = window as unknown as { pixels: number[]; canvases: number[] };
      const outcomes = [];
      // Stored on its side.
      for (const orientation of [1, 6]) {
        const photo = await lab.jpeg(6000, 5000, orientation);
        pixels.length = canvases.length = 0;
        outcomes.push({ outcome: await lab.run(photo, { crop: 'bust' }), most: [Math.max(...pixels), Math.max(...canvases)] });
      }
      return outcomes;
    });
    for (const { outcome, most } of result) {
      const { face } = made(outcome);
      // In pixels of the whole picture.
      expect(face.faces[0]!.x / 6000).toBeCloseTo(178 / 512, 1);
      expect(face.faces[0]!.y / 5000).toBeCloseTo(70 / 512, 1);
      expect(face.crop!.width).toBeGreaterThan(2500);
      expect(most[0]! + most[1]!).toBeLessThanOrEqual(25e6);
    }
  });
});

describe('cancelling', () => {
  test.each(['loading', 'reading', 'finding', 'preparing', 'storing'])('while %s', async (stage) => {
    const page = await openWatched(() => undefined);
    const result = await page.evaluate(async (stage) => {
      const { lab } = window;
      const photo = await lab.jpeg(1600, 1200);
      const controller = new AbortController();
      let cancelled = 0;
      const after: string[] = [];
      const reason = await lab.module
        .generate(photo, {
          signal: controller.signal,
          onProgress: (progress) => {
            if (controller.signal.aborted) after.push(progress.stage);
            else if (progress.stage === stage) {
              cancelled = performance.now();
              controller.abort(new Error('enough'));
            }
          },
        })
        .catch((thrown: Error) => thrown);
      const waited = performance.now() - cancelled;
      const next = await lab.run(photo);
      return { reason: (reason as Error).message, waited, next, after };
    }, stage);
    expect(result.reason).toBe('enough');
    // At once, whatever is being done; a busy machine takes its time.
    expect(result.waited).toBeLessThan(1000);
    expect(result.after).toEqual([]);
    made(result.next);
    expect((await workersOf(page)).living).toBe(1);
  });

  test('before it begins, and while it waits for another', async () => {
    const page = await openLab(browser);
    const result = await page.evaluate(async () => {
      const { lab } = window;
      const photo = await lab.jpeg(160, 160);
      const gone = await lab.run(photo, { signal: AbortSignal.abort() });
      const first = lab.run(photo);
      const controller = new AbortController();
      const second = lab.run(photo, { signal: controller.signal });
      const third = lab.run(photo);
      controller.abort();
      const waiting = await second;
      return { gone, waiting, others: [await first, await third] };
    });
    expect(result.gone.error).toMatchObject({ name: 'AbortError' });
    expect(result.waiting.error).toMatchObject({ name: 'AbortError' });
    result.others.forEach(made);
  });

  test('ends a worker that does not listen', async () => {
    const page = await openWatched(() => {
      // Deaf for longer than the page waits, from the moment at which it says that it looks for faces.
      const post = self.postMessage.bind(self) as (answer: unknown) => void;
      (self as { postMessage: unknown }).postMessage = (answer: { type: string; progress?: { stage: string; loaded: number } }) => {
        post(answer);
        if (answer.progress?.stage !== 'finding' || answer.progress.loaded) return;
        for (const end = performance.now() + 10_000; performance.now() < end; );
      };
    });
    const { reason, waited } = await page.evaluate(async () => {
      const { lab } = window;
      const photo = await lab.jpeg(128, 128);
      const controller = new AbortController();
      let start = 0;
      const reason = await lab.module
        .generate(photo, {
          signal: controller.signal,
          onProgress: ({ stage }) => {
            if (stage !== 'finding' || start) return;
            start = performance.now();
            controller.abort(new Error('enough'));
          },
        })
        .catch((thrown: Error) => thrown);
      const waited = performance.now() - start;
      await lab.module.prepare();
      return { reason: (reason as Error).message, waited };
    });
    expect(reason).toBe('enough');
    // A busy machine takes its time; that it was ended is told by the second worker.
    expect(waited).toBeLessThan(2000);
    expect(await workersOf(page)).toEqual({ made: 2, living: 1 });
  });

  test('stops what is being fetched', async () => {
    let [begun, broken] = [0, 0];
    for (const name of MODELS) {
      browser.site.route(`/slow/${name}`, (response) => {
        begun++;
        response.writeHead(200).write('x');
        response.on('close', () => broken++);
      });
    }
    const page = await openLab(browser);
    const running = page.evaluate(async () => {
      window.lab.module.setGenerateSource({ models: '/slow' });
      const controller = new AbortController();
      addEventListener('enough', () => controller.abort());
      return window.lab.run(await window.lab.jpeg(64, 64), { signal: controller.signal });
    });
    await expect.poll(() => [begun, broken]).toEqual([4, 0]);
    await page.evaluate(() => void dispatchEvent(new Event('enough')));
    expect((await running).error).toMatchObject({ name: 'AbortError' });
    await expect.poll(() => [begun, broken]).toEqual([4, 4]);
  });
});

describe('a worker', () => {
  test('that breaks while it works is replaced', async () => {
    const page = await openWatched(() => {
      // Once it has started and is at work: one that fails before is taken for one that is refused.
      const post = self.postMessage.bind(self) as (answer: { type: string }) => void;
      (self as { postMessage: unknown }).postMessage = (answer: { type: string }) => {
        post(answer);
        if (answer.type === 'progress') setTimeout(() => { throw new Error('out of order'); });
      };
    });
    const { error } = await makeOne(page);
    expect(error).toMatchObject({ kind: 'engine', message: expect.stringMatching(/^making the face failed: .*out of order/) });
    expect(await workersOf(page)).toEqual({ made: 1, living: 0 });
  });

  test('whose module stops for good is replaced', async () => {
    const page = await openWatched(() => {
      const { instantiate } = WebAssembly;
      (WebAssembly as { instantiate: unknown }).instantiate = async (...args: Parameters<typeof instantiate>) => {
        const { module, instance } = (await instantiate(...args)) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
        const trap = () => { throw new WebAssembly.RuntimeError('unreachable'); };
        return { module, instance: { exports: { ...instance.exports, generator_buildRig: trap } } };
      };
    });
    for (const made of [1, 2]) {
      const { error } = await makeOne(page);
      expect(error).toMatchObject({ kind: 'engine', message: expect.stringMatching(/^making the face failed: this device may not have enough memory.*unreachable/) });
      expect(await workersOf(page)).toEqual({ made, living: 0 });
    }
  });

  test('that is not there, with a module that stops for good: the next face is made by a new one', async () => {
    const page = await openLab(browser, {
      before: `delete window.Worker; {
        const { instantiate } = WebAssembly;
        WebAssembly.instantiate = async (...args) => {
          const { module, instance } = await instantiate(...args);
          const trap = () => { throw new WebAssembly.RuntimeError('unreachable'); };
          return { module, instance: { exports: { ...instance.exports, generator_buildRig: trap } } };
        };
      }`,
    });
    expect((await makeOne(page)).error).toMatchObject({ kind: 'engine', message: expect.stringMatching(/memory.*unreachable/) });
    made(await makeOne(page));
    made(await makeOne(page));
  });

  test('that has nothing to do is given back', async () => {
    const page = await openWatched(() => undefined);
    made(await makeOne(page));
    expect(await workersOf(page)).toEqual({ made: 1, living: 1 });
    await expect.poll(() => workersOf(page), { timeout: 30_000 }).toEqual({ made: 1, living: 0 });
    made(await makeOne(page));
  });
});

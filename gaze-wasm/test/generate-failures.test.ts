// Whatever is wrong with a picture, the options or the models: a rejection with a kind and a sentence, and the next one works.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { installLab, made, MODELS, openLab, serveLab, type Outcome } from './generate-lab.js';
import { DIST } from './site.js';

const browser = new TestBrowser();
serveLab(browser);

const NO_FACE =
  'no human face was found: use a portrait with a face that looks at the camera, or place the eyes of any face, also no human one, by face: { eyes: [{ x, y }, { x, y }] }';
const DAMAGED = 'the picture is damaged or cut short: get it again, or save it as a new JPEG or PNG';

/** Makes a face of these bytes. */
function runBytes(page: Page, bytes: number[] | string): Promise<Outcome> {
  return page.evaluate((bytes) => window.lab.run(new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)])), bytes);
}

/** Makes a face after all that went wrong. */
async function expectAlive(page: Page): Promise<void> {
  made(await page.evaluate(async () => window.lab.run(await window.lab.jpeg(128, 128))));
}

/** The first bytes of a PNG of this size, and nothing of its picture. */
function pngHead(width: number, height: number): number[] {
  const head = Buffer.alloc(64);
  head.write('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  head.write('\x08\x06', 24, 'latin1');
  return [...head];
}

describe('a picture', () => {
  test('that is none, or not one that can be read', async () => {
    const page = await openLab(browser);
    const cases: [number[] | string, string | RegExp][] = [
      ['', 'the file is empty: use a picture (JPEG, PNG, WebP, GIF and BMP are read)'],
      ['hello', 'this is no picture that can be read: JPEG, PNG, WebP, GIF and BMP are'],
      ['%PDF-1.7 and more', 'this is a PDF document: use a JPEG or PNG picture instead'],
      ['<!doctype html><title>Log in</title>', 'this is a web page: use a JPEG or PNG picture instead'],
      ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'this is an SVG drawing: use a JPEG or PNG picture instead'],
      ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'this is a HEIC picture: use a JPEG or PNG picture instead'],
      ['II*\0\x08\0\0\0', 'this is a TIFF picture: use a JPEG or PNG picture instead'],
      [[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0], DAMAGED],
      [pngHead(300, 300), DAMAGED],
      [pngHead(20_000, 300), /^the picture has 20000 x 300 pixels: shrink it to at most 16384 on each side and 120 million in all$/],
      [pngHead(16_000, 16_000), /^the picture has 16000 x 16000 pixels/],
    ];
    for (const [bytes, message] of cases) {
      const { error } = await runBytes(page, bytes);
      expect(error, String(message)).toMatchObject({ name: 'GenerateError', kind: 'invalid-input', message: typeof message === 'string' ? message : expect.stringMatching(message) });
    }
    await expectAlive(page);
  });

  test('that is cut short', async () => {
    const page = await openLab(browser);
    const errors = await page.evaluate(async () => {
      const photo = await window.lab.jpeg(400, 400);
      const errors = [];
      for (const share of [0.3, 0.9]) errors.push((await window.lab.run(photo.slice(0, photo.size * share))).error);
      return errors;
    });
    for (const error of errors) expect(error).toMatchObject({ kind: 'invalid-input', message: DAMAGED });
    await expectAlive(page);
  });

  test('that is too small, too large a file, of one colour or without a face', async () => {
    const page = await openLab(browser);
    const outcomes = await page.evaluate(async () => {
      const { lab } = window;
      const drawing = (draw: (context: OffscreenCanvasRenderingContext2D) => void) => lab.canvas(400, 300, (context) => draw(context));
      const plain = await drawing((context) => context.fillRect(0, 0, 400, 300));
      const stripes = await drawing((context) => {
        for (let x = 0; x < 400; x += 7) {
          context.fillStyle = `hsl(${x} 50% ${30 + (x % 40)}%)`;
          context.fillRect(x, 0, 7, 300);
        }
      });
      return [await lab.run(await lab.jpeg(63, 63)), await lab.run(new Blob([new Uint8Array((128 << 20) + 1)])), await lab.run(plain), await lab.run(stripes)];
    });
    expect(outcomes.map(({ error }) => [error?.kind, error?.message])).toEqual([
      ['invalid-input', 'the picture has 63 x 63 pixels: use one with at least 64 on each side'],
      ['invalid-input', 'the file is larger than 128 MiB: save the picture smaller'],
      ['invalid-input', 'this browser could not read the picture, or it is all one colour: try a smaller one, and allow this page to read canvases'],
      ['no-face', NO_FACE],
    ]);
    await expectAlive(page);
  });

  test('that an element does not have, or may not give away', async () => {
    browser.site.route('/broken.jpg', 'no picture');
    const page = await openLab(browser);
    const other = browser.site.url.replace('127.0.0.1', 'localhost');
    const outcomes = await page.evaluate(async (other) => {
      const { lab } = window;
      const image = async (src: string) => {
        const image = new Image();
        image.src = src;
        await image.decode().catch(() => undefined);
        return image;
      };
      const foreign = await image(`${other}/astronaut.png`);
      const canvas = document.createElement('canvas');
      canvas.getContext('2d')!.drawImage(foreign, 0, 0);
      const closed = await createImageBitmap(new ImageData(100, 100));
      closed.close();
      const sources = [await image('/broken.jpg'), foreign, canvas, closed, 42 as unknown as string, null as unknown as string];
      const outcomes = [];
      for (const source of sources) outcomes.push(await lab.run(source));
      return outcomes;
    }, other);
    const foreign = ['invalid-input', 'the picture comes from another site, which does not let this page read it: load it with crossorigin="anonymous", and have it served with CORS headers'];
    const none = ['invalid-option', 'the source is no picture: use a file, a blob, an image, a canvas, pixels or an address'];
    expect(outcomes.map(({ error }) => [error?.kind, error?.message])).toEqual([
      ['invalid-input', 'the image shows no picture: give it one that can be loaded'],
      foreign,
      foreign,
      ['invalid-input', 'there is no picture to read: wait until it is drawn, and do not close it'],
      none,
      none,
    ]);
    await expectAlive(page);
  });

  test('at an address that does not lead to it', async () => {
    browser.site.route('/busy.jpg', 500);
    browser.site.route('/cut.jpg', (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setTimeout(() => response.destroy(), 50);
    });
    const page = await openLab(browser);
    const other = browser.site.url.replace('127.0.0.1', 'localhost');
    const cases: [string, string, RegExp][] = [
      ['/nothing.jpg', 'missing', /^nothing\.jpg could not be loaded: the server answered 404$/],
      ['/busy.jpg', 'network', /^busy\.jpg could not be loaded: the server answered 500$/],
      ['/cut.jpg', 'network', /^cut\.jpg broke off while loading: check the connection and try again$/],
      [`${other}/astronaut.png`, 'network', /^astronaut\.png could not be fetched: .*CORS/],
      ['http://127.0.0.1:9/me.jpg', 'network', /^me\.jpg could not be fetched/],
      ['http://', 'invalid-option', /^http:\/\/ is no address/],
      [`blob:${browser.site.url}/8c7e9bd5-6c1b-4b0a-9f5e-000000000000`, 'network', /could not be fetched/],
    ];
    for (const [address, kind, message] of cases) {
      const { error } = await page.evaluate((address) => window.lab.run(address), address);
      expect(error, address).toMatchObject({ kind, message: expect.stringMatching(message) });
    }
    await expectAlive(page);
  });
});

test('options out of range are named', async () => {
  const page = await openLab(browser);
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ maxSize: 31 }, /^maxSize is 31: use a whole number from 32 to 1024$/],
    [{ maxSize: 1025 }, /^maxSize is 1025/],
    [{ maxSize: NaN }, /^maxSize is NaN/],
    [{ face: -1 }, /^face names no face/],
    [{ face: 1.5 }, /^face names no face/],
    [{ face: { x: 1 } }, /^face names no face/],
    [{ face: 'smallest' }, /^face names no face/],
    [{ crop: 'feet' }, /^crop is feet: use 'none', 'bust' or 'head'$/],
    [{ eyes: 'blue' }, /^eyes is blue/],
    [{ quality: 101 }, /^quality is 101/],
  ];
  for (const [options, message] of cases) {
    const { error } = await page.evaluate(async (options) => window.lab.run(await window.lab.jpeg(64, 64), options as object), options);
    expect(error, JSON.stringify(options)).toMatchObject({ kind: 'invalid-option', message: expect.stringMatching(message) });
  }
});

describe('models', () => {
  const files = Object.fromEntries(MODELS.map((name) => [name, readFileSync(join(DIST, 'models', name))])) as Record<string, Buffer>;
  const mesh = 'face_landmark.onnx';
  let folders = 0;

  /** A folder with the models, one of which is answered otherwise. */
  function folder(answer: Parameters<TestBrowser['site']['route']>[1]): string {
    const base = `/models-${folders++}/`;
    for (const name of MODELS) browser.site.route(base + name, name === mesh ? answer : files[name]!);
    return base;
  }

  /** Makes a face with the models in that folder. */
  function runWith(page: Page, base: string): Promise<Outcome> {
    return page.evaluate(async (models) => {
      window.lab.module.setGenerateSource({ models });
      return window.lab.run(await window.lab.jpeg(128, 128));
    }, base);
  }

  const WRONG = `${mesh} is not the model that this version of gaze-tracker was made for: serve the file from dist/models of the same version`;
  const ADVICE = ': serve what dist of gaze-tracker holds beside its scripts, or say where it is by setGenerateSource(); in Vite, name gaze-tracker in optimizeDeps.exclude';
  const cases: [string, Parameters<TestBrowser['site']['route']>[1], string, string | RegExp][] = [
    ['missing', 404, 'missing', `${mesh} could not be loaded: the server answered 404${ADVICE}`],
    ['refused', 503, 'network', `${mesh} could not be loaded: the server answered 503`],
    ['another one', files['iris_landmark.onnx']!, 'integrity', WRONG],
    ['cut short', files[mesh]!.subarray(0, 1_000_000), 'integrity', WRONG],
    ['with a changed byte', Buffer.from(files[mesh]!).fill(7, 500_000, 500_001), 'integrity', WRONG],
    ['longer than it should be', Buffer.concat([files[mesh]!, Buffer.alloc(5_000_000)]), 'integrity', WRONG],
    ['a login page', '<!doctype html><title>Log in</title>', 'integrity', WRONG],
    ['the front page', (response) => void response.setHeader('content-type', 'text/html').end('<!doctype html>'), 'missing', `the server sent a web page instead of ${mesh}${ADVICE}`],
    ['broken off', (response) => {
      response.writeHead(200, { 'content-length': String(files[mesh]!.length) });
      response.write(files[mesh]!.subarray(0, 100_000));
      setTimeout(() => response.destroy(), 100);
    }, 'network', `${mesh} broke off while loading: check the connection and try again`],
  ];
  test.each(cases)('%s', async (_, answer, kind, message) => {
    const page = await openLab(browser);
    const base = folder(answer);
    const { error } = await runWith(page, base);
    expect(error).toMatchObject({ kind, message });
    // Nothing wrong was kept, and what was wrong is fetched again.
    browser.site.route(base + mesh, files[mesh]!);
    made(await runWith(page, base));
  });

  test('an old answer on the way is asked for again', async () => {
    let asked = 0;
    const page = await openLab(browser);
    const outcome = await runWith(page, folder((response) => {
      response.writeHead(200, { 'cache-control': 'max-age=1000' });
      response.end(asked++ ? files[mesh] : 'an older version');
    }));
    made(outcome);
    expect(asked).toBe(2);
  });

  test('what is kept is checked, and replaced where it is wrong', async () => {
    const page = await openLab(browser);
    const base = folder(files[mesh]!);
    made(await runWith(page, base));
    await page.evaluate(async () => {
      const cache = await caches.open('gaze-tracker-models');
      for (const request of await cache.keys()) await cache.put(request, new Response('spoiled'));
    });
    const asked = () => browser.site.asked.filter((path) => path.startsWith(base)).length;
    expect(asked()).toBe(4);
    const next = async () => {
      await page.reload();
      await page.evaluate(installLab);
      return runWith(page, base);
    };
    made(await next());
    expect(asked()).toBe(8);
    made(await next());
    expect(asked()).toBe(8);
  });

  test('that stand still are given up', async () => {
    const page = await openLab(browser);
    const start = Date.now();
    const { error } = await runWith(page, folder((response) => void response.writeHead(200).write('x')));
    expect(error).toMatchObject({ kind: 'network', message: `${mesh} has brought nothing for 30 seconds` });
    expect(Date.now() - start).toBeGreaterThan(29_000);
  });

  test('and the module come from where the page says, as bytes too', async () => {
    const page = await openLab(browser);
    const before = browser.site.asked.length;
    const { outcome, wrong } = await page.evaluate(async (names) => {
      const bytes = async (path: string) => (await fetch(path)).arrayBuffer();
      const gzipped = async (path: string) => new Response(new Blob([await bytes(path)]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
      const [first, second, third, fourth] = names;
      const models = {
        [first!]: await bytes(`/player/models/${first}`),
        [second!]: await gzipped(`/player/models/${second}`),
        [third!]: new Blob([await bytes(`/player/models/${third}`)]),
        [fourth!]: new Uint8Array(await bytes(`/player/models/${fourth}`)),
      };
      const { setGenerateSource } = window.lab.module;
      setGenerateSource({ wasm: await gzipped('/player/gaze_generate_bg.wasm'), models: { ...models, [first!]: models[second!]! } });
      const wrong = await window.lab.run(await window.lab.jpeg(128, 128));
      setGenerateSource({ models });
      return { wrong, outcome: await window.lab.run(await window.lab.jpeg(128, 128)) };
    }, MODELS);
    expect(wrong.error).toMatchObject({ kind: 'integrity' });
    made(outcome);
    // Once each, by the test itself.
    expect(browser.site.asked.slice(before).filter((path) => /onnx|wasm/.test(path))).toHaveLength(5);
  });
});

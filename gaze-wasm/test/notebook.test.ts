// Faces in notebooks: the widget's half in the page, and the committed player for rigs alone, in a page as VS Code and Colab give
// one to an output: of no origin, in a sandbox, with nothing that could be asked for. What gaze-py/tests/notebooks.mjs does in
// JupyterLab and marimo themselves is no part of CI.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Frame } from 'playwright-core';
import { expect, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { difference, expectedFrames } from './pictures.js';
import { DIST, fixture, PACKAGE } from './site.js';

const STATIC = join(PACKAGE, '..', 'gaze-py', 'python', 'gaze_generator', 'static');
const WIDGET = readFileSync(join(STATIC, 'widget.js'), 'utf8');
const SNAPSHOT = join(STATIC, 'rig-player.js');
/** What VS Code allows an output, and less: no frame, worker or connection. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; img-src data:";

const browser = new TestBrowser();

/** What the package's Python half makes of bytes. */
function textOf(bytes: Uint8Array): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=:?@^_/{|}~';
  const padding = (4 - (bytes.length % 4)) % 4;
  const padded = Buffer.concat([bytes, Buffer.alloc(padding)]);
  let text = '';
  for (let at = 0; at < padded.length; at += 4) {
    const value = padded.readUInt32BE(at);
    for (const power of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) text += digits[Math.floor(value / power) % 85];
  }
  return text.slice(0, text.length - padding);
}

type State = Record<string, string | number | boolean>;

function stateOf(player: string, rig: Uint8Array, more: State = {}): State {
  const source = readFileSync(player);
  return {
    _build: createHash('sha256').update(source).digest('hex').slice(0, 12),
    _player: textOf(gzipSync(source)),
    _rig: textOf(rig),
    _picture: '',
    width: '128px',
    height: '',
    label: 'A face',
    smoothing: 1,
    idle: false,
    blink: false,
    caption: '',
    controls: false,
    css: '',
    ...more,
  };
}

declare global {
  interface Window {
    /** In the frame: shows one more widget of the model; returns what takes it away. */
    show(): () => void;
    set(name: string, value: string): void;
    counts: { defined: string[]; addresses: number; handlers: number; asked: unknown[]; files: Record<string, string> };
    shown: (() => void)[];
  }
}

/** Stands for the notebook: a model, and what a page has that widgets could leave behind. */
function notebook(widget: string, state: State): void {
  const handlers = new Map<string, Set<(...args: unknown[]) => void>>();
  const counts = { defined: [] as string[], addresses: 0, handlers: 0, asked: [] as unknown[], files: {} as Record<string, string> };
  window.counts = counts;
  const { define } = CustomElementRegistry.prototype;
  CustomElementRegistry.prototype.define = function (name, ...rest) {
    counts.defined.push(name);
    return define.call(this, name, ...rest);
  };
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => (counts.addresses++, createObjectURL.call(URL, blob));
  URL.revokeObjectURL = (address) => (counts.addresses--, revokeObjectURL.call(URL, address));
  const model = {
    get: (name: string) => state[name],
    on: (name: string, handler: () => void) => {
      counts.handlers++;
      handlers.set(name, (handlers.get(name) ?? new Set()).add(handler));
    },
    off: (name: string, handler: () => void) => void (handlers.get(name)?.delete(handler) && counts.handlers--),
    send: (question: { file: string; part: number }) => {
      counts.asked.push(question);
      const file = counts.files[question.file];
      if (!file) return;
      const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
      const half = Math.ceil(bytes.length / 2);
      const piece = new DataView(bytes.slice(question.part * half, (question.part + 1) * half).buffer);
      setTimeout(() => handlers.get('msg:custom')?.forEach((handler) => handler({ ...question, parts: 2 }, [piece])));
    },
  };
  window.set = (name, value) => {
    state[name] = value;
    handlers.get(`change:${name}`)?.forEach((handler) => handler());
  };
  // Written out, or the test's own tools would make something else of it.
  const load = Function('address', 'return import(address)') as (address: string) => Promise<{ default: { render(given: { model: unknown; el: HTMLElement }): () => void } }>;
  const module = load(createObjectURL.call(URL, new Blob([widget], { type: 'text/javascript' })));
  window.shown = [];
  window.show = () => {
    const el = document.createElement('div');
    document.body.append(el);
    let end: (() => void) | undefined;
    let isGone = false;
    void module.then(({ default: { render } }) => {
      if (!isGone) end = render({ model, el });
    });
    const remove = () => {
      isGone = true;
      end?.();
      el.remove();
    };
    window.shown.push(remove);
    return remove;
  };
}

async function output(state: State): Promise<Frame> {
  const page = await browser.page();
  const policy = `<meta http-equiv="content-security-policy" content="${POLICY}">`;
  const code = `(${notebook})(${JSON.stringify(WIDGET)}, ${JSON.stringify(state)})`.replaceAll('</', '<\\/');
  browser.site.route('/notebook.html', `<!doctype html><iframe sandbox="allow-scripts" width="800" height="600"></iframe>`);
  await page.goto(`${browser.site.url}/notebook.html`);
  await page.evaluate((html) => void (document.querySelector('iframe')!.srcdoc = html), `<!doctype html>${policy}<body style="margin:0"><script>${code}</script>`);
  await expect.poll(() => page.frames().length).toBe(2);
  const frame = page.frames()[1]!;
  await frame.waitForFunction(() => typeof window.show === 'function');
  expect(await frame.evaluate(() => self.origin)).toBe('null');
  return frame;
}

const face = (build: unknown) => `gaze-tracker-${String(build)}`;

async function waitUntilReady(frame: Frame, name: string): Promise<void> {
  await frame.waitForFunction((name) => document.querySelector<HTMLElement & { ready: boolean }>(name)?.ready, name);
}

test.each([['that is committed', SNAPSHOT], ['as built', join(DIST, 'rig-player.js')]])('the player %s draws a rig as it is drawn natively', async (_, player) => {
  const state = stateOf(player, fixture('rig/portrait.gaze'));
  const name = face(state._build);
  const frame = await output(state);
  await frame.evaluate(() => void window.show());
  await waitUntilReady(frame, name);
  for (const expected of expectedFrames('rig').filter(({ width }) => width === 128)) {
    await frame.evaluate(([name, x, y]) => document.querySelector<HTMLElement & { lookAt(x: number, y: number): void }>(name)!.lookAt(x, y), [name, expected.x, expected.y] as const);
    await expect.poll(async () => {
      const pixels = await frame.evaluate(async (name) => [...(await window.pixelsOf(name)).data], name);
      const { mean, worst } = difference(Uint8Array.from(pixels), expected);
      return mean <= 0.5 && worst <= 2;
    }, { message: `looks at ${expected.x}, ${expected.y}` }).toBe(true);
  }
});

test('thirty re-runs leave nothing behind', async () => {
  const state = stateOf(SNAPSHOT, fixture('rig/portrait.gaze'));
  const name = face(state._build);
  const frame = await output(state);
  for (let run = 0; run < 30; run++) {
    await frame.evaluate(() => void window.show());
    // Some are gone before they were there.
    if (run % 3) await waitUntilReady(frame, name);
    await frame.evaluate(() => window.shown.pop()!());
  }
  await frame.evaluate(() => void window.show());
  await waitUntilReady(frame, name);
  const counts = () => frame.evaluate(() => ({ ...window.counts, children: document.body.querySelectorAll('div').length }));
  await expect.poll(counts).toMatchObject({ defined: [name], addresses: 0, children: 2, asked: [] });
  await frame.evaluate(() => window.shown.pop()!());
  await expect.poll(counts).toMatchObject({ handlers: 0, children: 0 });
});

test('options may change while it is shown', async () => {
  const state = stateOf(SNAPSHOT, fixture('rig/portrait.gaze'));
  const name = face(state._build);
  const frame = await output(state);
  await frame.evaluate(() => (window.show(), void window.show()));
  await waitUntilReady(frame, name);
  await frame.evaluate(() => (window.set('width', '64px'), window.set('label', 'Another'), window.set('css', 'border-radius: 50%')));
  const seen = await frame.evaluate((name) => [...document.querySelectorAll<HTMLElement & { label: string }>(name)].map((face) => [face.offsetWidth, face.label, getComputedStyle(face).borderRadius]), name);
  expect(seen).toEqual([[64, 'Another', '50%'], [64, 'Another', '50%']]);
});

test('what is not saved comes from the kernel, in pieces', async () => {
  const state = stateOf(SNAPSHOT, fixture('rig/portrait.gaze'), { _player: '', _rig: '', _picture: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' });
  const name = face(state._build);
  const frame = await output(state);
  const files = { player: gzipSync(readFileSync(SNAPSHOT)).toString('base64'), face: Buffer.from(fixture('rig/portrait.gaze')).toString('base64') };
  await frame.evaluate((files) => {
    window.counts.files = files;
    window.show();
  }, files);
  await waitUntilReady(frame, name);
  expect(await frame.evaluate(() => window.counts.asked)).toEqual(['player', 'face'].flatMap((file) => [0, 1].map((part) => ({ file, part }))));
});

test('without a kernel the picture stays, and says what to do', async () => {
  const state = stateOf(SNAPSHOT, new Uint8Array(), { _player: '', _rig: '', _picture: 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' });
  const frame = await output(state);
  // The widget's patience is longer than a test's.
  await frame.evaluate(() => {
    const wait = window.setTimeout;
    window.setTimeout = ((run: () => void, ms?: number) => wait(run, Math.min(ms ?? 0, 100))) as typeof setTimeout;
    window.show();
  });
  await frame.waitForSelector('[role=status]');
  expect(await frame.evaluate(() => [document.querySelector('img')!.alt, document.querySelector('[role=status]')!.textContent])).toEqual(['A face', 'A face: run the cell again to see it move']);
});

test('a damaged rig is told', async () => {
  const rig = fixture('rig/portrait.gaze').slice();
  rig.fill(0, 100, 400);
  const frame = await output(stateOf(SNAPSHOT, rig));
  await frame.evaluate(() => void window.show());
  await frame.waitForSelector('[role=status]');
  expect(await frame.textContent('[role=status]')).toMatch(/^A face: .+/);
});

test('bytes are written as Python writes them', () => {
  // gaze-py/tests/test_notebook.py has the same.
  expect(textOf(Buffer.from([...Array(256).keys()])).slice(0, 20)).toBe('009C61O)~M2nh-c3=Iws');
});

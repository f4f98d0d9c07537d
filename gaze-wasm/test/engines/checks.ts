// What every engine must do: the same body of checks, whichever browser runs it.
import { colorOf, distance, installPixelReader, TOLERANCE } from '../browser.js';
import { difference, expectedFrames, type ExpectedFrame } from '../pictures.js';
import type { Site } from '../site.js';
import { until, type EnginePage } from './engine.js';

/** Other decoders and other arithmetic than the reference's. */
const MEAN = 1;
const WORST = 3;

export interface OpenOptions {
  /** Script that runs before anything else. */
  before?: string;
  /** Address of the script that defines the element. */
  player?: string;
  /** The page's content security policy. */
  policy?: string;
  /** Whether pictures can be read back and compared. Default: true. */
  readable?: boolean;
}

/** Script that gives a page `pictureOf`. */
export const READER = `
  (${installPixelReader})();
  window.pictureOf = async () => {
    const { data } = await window.pixelsOf('gaze-tracker');
    let text = '';
    for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
    return btoa(text);
  };`;

const head = ({ before = '', player = '/player/define.js' }: OpenOptions) => `<!doctype html><meta charset="utf-8"><style>body { margin: 0; background: #fff; }</style>
  <script>
    ${before}
    window.recorded = [];
    for (const type of ['ready', 'error', 'gazechange']) {
      document.addEventListener(type, (e) => window.recorded.push({ type, ...e.detail, message: e.message, code: e.error?.code }), true);
    }
    ${READER}
  </script>
  <script type="module" src="${player}"></script>`;

let pages = 0;

/** Opens a page with this body, and waits until its face is there. */
export async function openFace(site: Site, page: EnginePage, body: string, options: OpenOptions = {}): Promise<void> {
  const path = `/engine-${pages++}.html`;
  site.route(path, (response) => {
    response.setHeader('content-type', 'text/html');
    if (options.policy) response.setHeader('content-security-policy', options.policy);
    response.end(`${head(options)}<body>${body}</body>`);
  });
  await page.open(site.url + path);
  await until(page, `return window.recorded.some(({ type }) => type === 'ready' || type === 'error')`, null, 'ready');
  const errors = await page.run<unknown[]>(`return window.recorded.filter(({ type }) => type === 'error')`);
  if (errors.length) throw new Error(JSON.stringify(errors));
}

export async function lookAt(page: EnginePage, x: number, y: number): Promise<void> {
  await page.run(`document.querySelector('gaze-tracker').lookAt(...argument)`, [x, y]);
}

async function picture(page: EnginePage): Promise<Uint8Array> {
  return Buffer.from(await page.run<string>('return window.pictureOf()'), 'base64');
}

/** Looks where that frame does, until the picture is that frame. */
export async function expectFrame(page: EnginePage, frame: ExpectedFrame): Promise<void> {
  await lookAt(page, frame.x, frame.y);
  let off = { mean: Infinity, worst: Infinity };
  for (const deadline = Date.now() + 45_000; ; ) {
    off = difference(await picture(page), frame);
    if (off.mean <= MEAN && off.worst <= WORST) return;
    if (Date.now() > deadline) throw new Error(`looks at ${frame.x}, ${frame.y}: off by ${JSON.stringify(off)}`);
  }
}

/** Draws the rig of a folder of fixtures as it is drawn natively. */
export async function checkRig(site: Site, page: EnginePage, folder: string, options: OpenOptions = {}): Promise<void> {
  const frames = expectedFrames(folder);
  const { width } = frames[0]!;
  await openFace(site, page, `<gaze-tracker smoothing="1" hide-controls style="width:${width}px" src="/fixtures/${folder}/portrait.gaze"></gaze-tracker>`, options);
  if (options.readable === false) return;
  for (const frame of frames.filter((each) => each.width === width)) await expectFrame(page, frame);
}

/** Plays cells of a pack, or of sheets. */
export async function checkFrames(site: Site, page: EnginePage, attributes: string, options: OpenOptions = {}): Promise<void> {
  await openFace(site, page, `<gaze-tracker smoothing="1" hide-controls ${attributes}></gaze-tracker>`, options);
  await checkCells(page);
}

/** Plays cells of the fixtures' calibration frames, 6 x 6 of them. */
export async function checkCells(page: EnginePage): Promise<void> {
  for (const [row, col] of [[0, 0], [0, 5], [5, 0], [3, 2]] as const) {
    await lookAt(page, (2 * col) / 5 - 1, (2 * row) / 5 - 1);
    for (const deadline = Date.now() + 45_000; ; ) {
      const pixels = await picture(page);
      const middle = [...pixels.subarray((40 * 64 + 32) * 4, (40 * 64 + 32) * 4 + 4)];
      if (distance(middle, colorOf(6, row, col)) <= TOLERANCE) break;
      if (Date.now() > deadline) throw new Error(`cell ${row}, ${col}: ${middle} instead of ${colorOf(6, row, col)}`);
    }
  }
}

// The maker in other engines than Chromium, from a disk: a photo becomes a face that follows the pointer, what is saved lives
// again. Prints how long it took. With GAZE_SCREENSHOTS=DIR it also leaves pictures of the page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASTRONAUT, MakerFolder } from '../maker-page.js';
import { until, type Engine, type EnginePage } from './engine.js';
import { firefox } from './firefox.js';
import { webkit } from './webkit.js';

const folder = new MakerFolder();
let maker: string;
beforeAll(() => void (maker = folder.write()));
afterAll(() => folder.remove());

const ready = (page: EnginePage) => until(page, `return !!document.querySelector('gaze-tracker')?.ready`, null, 'a living face');
const state = (page: EnginePage, name: string) => until(page, `return document.body.dataset.state === argument`, name, name);

/** Puts files into the page's own input, as the browser's dialog does. */
const choose = (page: EnginePage, base64: string, name: string) =>
  page.run(
    `const [base64, name] = argument;
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    const input = document.querySelector('[data-input=file]');
    input.files = data.files;
    window.chosenAt = performance.now();
    new MutationObserver(() => { if (document.body.dataset.state === 'alive') window.aliveAt ??= performance.now(); }).observe(document.body, { attributes: true });
    input.dispatchEvent(new Event('change', { bubbles: true }));`,
    [base64, name],
  );

/** Moves the mouse to a side of the page, and waits until the face looks there. */
async function lookTo(page: EnginePage, side: -1 | 1): Promise<void> {
  await page.run(`document.documentElement.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerType: 'mouse', clientX: argument > 0 ? innerWidth - 5 : 5, clientY: 300 }))`, side);
  await until(page, `return document.querySelector('gaze-tracker').gaze.x * argument > 0.9`, side, `a face that looks to ${side}`);
}

/** The file that a button of the caption saves. */
async function saved(page: EnginePage, action: string): Promise<Buffer> {
  await page.run(
    `const make = URL.createObjectURL;
    URL.createObjectURL = (file) => {
      URL.createObjectURL = make;
      const reader = new FileReader();
      reader.onload = () => { window.savedFile = reader.result; };
      reader.readAsDataURL(file);
      return make.call(URL, file);
    };
    window.savedFile = undefined;
    document.querySelector('.label [data-do=' + argument + ']').click();`,
    action,
  );
  await until(page, 'return !!window.savedFile', null, action);
  return Buffer.from((await page.run<string>('return window.savedFile')).split(',')[1]!, 'base64');
}

async function shoot(page: EnginePage, engine: Engine, name: string): Promise<Buffer> {
  await page.run(`for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)`);
  const picture = Buffer.from(await page.screenshot());
  const shots = process.env.GAZE_SCREENSHOTS;
  if (shots) {
    mkdirSync(shots, { recursive: true });
    writeFileSync(join(shots, `maker-${engine.name}-${name}.png`), picture);
  }
  return picture;
}

describe.each([firefox(), webkit])('$name', (engine) => {
  let page: EnginePage;
  beforeAll(async () => {
    const missing = engine.missing();
    if (missing) throw new Error(missing);
    page = await engine.start();
  });
  afterAll(() => page?.close());

  test('a photo lives, is saved, and lives again', async () => {
    await page.open(maker);
    await ready(page);
    await shoot(page, engine, 'empty');
    await choose(page, readFileSync(ASTRONAUT).toString('base64'), 'me.png');
    await state(page, 'alive');
    const seconds = (await page.run<number>('return window.aliveAt - window.chosenAt')) / 1000;
    await lookTo(page, -1);
    const left = await shoot(page, engine, 'left');
    await lookTo(page, 1);
    expect(left.equals(await shoot(page, engine, 'right'))).toBe(false);

    const portrait = await saved(page, 'save');
    const own = await saved(page, 'save-page');
    expect(portrait.length).toBeGreaterThan(10_000);
    expect(portrait.length).toBeLessThan(100_000);
    expect(own.includes(portrait.toString('base64'))).toBe(true);
    await page.open(folder.save(`${engine.name}.html`, own));
    await ready(page);
    await shoot(page, engine, 'page');
    console.log(`${engine.name}: file chosen to live face ${seconds.toFixed(2)} s, portrait.gaze ${portrait.length} bytes, page ${own.length} bytes`);
  });

  test('what is no photo is told in a sentence', async () => {
    await page.open(maker);
    await ready(page);
    await choose(page, Buffer.from('%PDF-1.4').toString('base64'), 'me.pdf');
    await state(page, 'unreadable');
    expect(await page.run<string>(`return document.querySelector('.label').innerText`)).toContain('This is a PDF document');
  });

  test('the background goes when that is wished for', async () => {
    await page.open(maker);
    await ready(page);
    await choose(page, readFileSync(ASTRONAUT).toString('base64'), 'me.png');
    await state(page, 'alive');
    await page.run(`document.querySelector('[name=background][value=removed]').click()`);
    await until(page, `return document.querySelector('.picture').classList.contains('cut')`, null, 'a face without background');
    // The new face fades in over the old.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await shoot(page, engine, 'cut');
    expect(await page.run<string>('return document.body.dataset.state')).toBe('alive');
  });
});

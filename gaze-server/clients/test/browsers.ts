// Chromium and Firefox, driven alike.
import { existsSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

const QUIET = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export type Kind = 'chrome' | 'firefox';

export function launch(kind: Kind): Promise<Browser> {
  const wanted = kind === 'chrome' ? [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'] : [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'];
  const executablePath = wanted.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error(`needs ${kind === 'chrome' ? 'Chromium (apt install chromium, or name it in CHROMIUM)' : 'Firefox (apt install firefox-esr, or name it in FIREFOX)'}`);
  return puppeteer.launch({ browser: kind, executablePath, args: kind === 'chrome' ? QUIET : [], defaultViewport: { width: 1280, height: 800 } });
}

/** Waits until the page is in one of these states. */
export async function stateOf(page: Page, ...states: string[]): Promise<string> {
  await page.waitForFunction((wanted) => wanted.includes(document.body?.dataset.state ?? ''), { timeout: 200_000 }, states);
  return page.evaluate(() => document.body.dataset.state ?? '');
}

/** Clicks what does that in the caption or the corners. */
export async function act(page: Page, action: string): Promise<void> {
  await page.waitForSelector(`[data-do="${action}"]:not([hidden])`, { visible: true });
  await page.evaluate((name) => {
    const shown = [...document.querySelectorAll<HTMLElement>(`[data-do="${name}"]`)].find((element) => element.checkVisibility());
    shown?.click();
  }, action);
}

/** Where the face looks once the pointer rests at a place of the window. */
export async function looksFrom(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  await page.mouse.move(x, y, { steps: 4 });
  // It arrives when it no longer moves.
  return page.evaluate(async () => {
    type Face = HTMLElement & { gaze: { x: number; y: number } };
    const face = () => document.querySelector<Face>('gaze-tracker')?.gaze ?? { x: 0, y: 0 };
    for (let before = ''; ;) {
      await new Promise((done) => setTimeout(done, 400));
      const now = JSON.stringify(face());
      if (now === before) return face();
      before = now;
    }
  });
}

/** Keeps a picture of the page where SHOTS names a folder, for people to look at. */
export async function shot(page: Page, name: string): Promise<void> {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) as `${string}.png` });
}

// Browsers other than Chromium, as far as the shared checks need them.
import { Site } from '../site.js';

/** One page of a browser. */
export interface EnginePage {
  open(url: string): Promise<void>;
  /** Runs the body of an async function in the page, whose parameter is `argument`; gives what it returns. */
  run<T>(body: string, argument?: unknown): Promise<T>;
  /** Moves the mouse there, in CSS pixels of the viewport. */
  move(x: number, y: number): Promise<void>;
  /** What is on screen, as PNG. */
  screenshot(): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot be started here; none where it can. */
  missing(): string | undefined;
  /** Starts the browser with one page. */
  start(): Promise<EnginePage>;
}

/** Waits until the body of an async function gives something true. */
export async function until(page: EnginePage, body: string, argument?: unknown, what = body): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await page.run<boolean>(body, argument))) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** An engine with one page, and the site that it looks at. Throws where it is not there. */
export async function openEngine(engine: Engine): Promise<{ site: Site; page: EnginePage }> {
  const missing = engine.missing();
  if (missing) throw new Error(missing);
  const site = await Site.open();
  return { site, page: await engine.start() };
}

export async function closeEngine(page: EnginePage | undefined, site: Site | undefined): Promise<void> {
  await page?.close();
  await site?.close();
}

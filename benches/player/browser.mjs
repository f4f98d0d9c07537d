// @ts-check
// One Chromium of our own per measurement: a fresh process, a fresh profile, no emulated focus
// (emulated focus would keep a hidden tab drawing).

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

/** The browser under measurement; `CHROMIUM` names another one. */
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** How long the browser may take to open its debugging port. */
const START_MS = 30_000;
/** CSS pixels; the same for everything that is measured. */
export const VIEWPORT = { width: 1280, height: 800 };

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-features=Translate,OptimizationHints,MediaRouter',
  '--password-store=basic',
  '--use-mock-keychain',
  '--hide-scrollbars',
  '--mute-audio',
  '--remote-debugging-port=0',
  `--window-size=${VIEWPORT.width},${VIEWPORT.height}`,
  // No GPU here: WebGL runs on the CPU, in the GPU process.
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  // `gc()` for the leak measurement.
  '--js-flags=--expose-gc',
];

/**
 * @typedef {object} Session
 * @property {number} pid The browser process.
 * @property {import('playwright-core').Page} page
 * @property {import('playwright-core').CDPSession} cdp The page's own session.
 * @property {import('playwright-core').BrowserContext} context
 * @property {() => Promise<void>} close
 */

/**
 * Starts a browser that no one watches, on `url`.
 * @param {string} url
 * @returns {Promise<{ pid: number, close: () => Promise<void> }>}
 */
export async function openUnwatched(url) {
  const profile = await mkdtemp(join(tmpdir(), 'gaze-bench-'));
  const flags = FLAGS.filter((flag) => !flag.startsWith('--remote-debugging'));
  const child = spawn(EXECUTABLE, [...flags, '--enable-precise-memory-info', `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.pid === undefined) throw new Error(`${EXECUTABLE} did not start; run it by hand to see why`);
  return {
    pid: child.pid,
    close: async () => {
      child.kill('SIGKILL');
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/**
 * Starts a browser with one blank tab.
 * @param {string[]} [flags] Further flags.
 * @returns {Promise<Session>}
 */
export async function openBrowser(flags = []) {
  const profile = await mkdtemp(join(tmpdir(), 'gaze-bench-'));
  const child = spawn(EXECUTABLE, [...FLAGS, ...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    child.kill('SIGKILL');
    await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    const browser = await chromium.connectOverCDP(await endpoint(profile), { noDefaults: true });
    const context = browser.contexts()[0];
    const page = context.pages()[0] ?? (await context.newPage());
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable');
    if (child.pid === undefined) throw new Error('the browser has no process id');
    return { pid: child.pid, page, cdp, context, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param {string} profile */
async function endpoint(profile) {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const [port, path] = text.split('\n');
    if (port && path) return `ws://127.0.0.1:${port}${path}`;
    await sleep(50);
  }
  throw new Error(`${EXECUTABLE} did not open a debugging port in ${START_MS / 1000} s; run it by hand to see why`);
}

/**
 * Work on the page's main thread since its process started, in seconds: what its tasks took by the clock, waiting for
 * a core included, and what the thread computed.
 * @param {import('playwright-core').CDPSession} cdp
 */
export async function mainThreadSeconds(cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (/** @type {string} */ name) => metrics.find((m) => m.name === name)?.value ?? 0;
  return { clock: of('TaskDuration'), cpu: of('ThreadTime') };
}

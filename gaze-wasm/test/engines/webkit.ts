// WebKitGTK's MiniBrowser, by plain WebDriver, on a screen that nobody sees.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Engine, EnginePage } from './engine.js';
import { freePort } from '../free-port.js';

const DRIVER = process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver';
const SCREEN = '/usr/bin/Xvfb';
const SCREEN_SIZE = '1024x800x24';
/** How long the driver may take to answer. */
const START_MS = 60_000;

/** Starts a screen; gives its number. */
async function openScreen(): Promise<{ screen: ChildProcess; display: string }> {
  const screen = spawn(SCREEN, ['-displayfd', '3', '-screen', '0', SCREEN_SIZE, '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const display = await new Promise<string>((resolve, reject) => {
    screen.stdio[3]!.once('data', (data: Uint8Array) => resolve(`:${String(data).trim()}`));
    screen.once('exit', () => reject(new Error(`${SCREEN} has ended`)));
  });
  return { screen, display };
}

export const webkit: Engine = {
  name: 'WebKit',
  missing: () => {
    const lacking = [DRIVER, SCREEN].filter((path) => !existsSync(path));
    return lacking.length ? `${lacking.join(' and ')} missing: install webkit2gtk-driver and xvfb` : undefined;
  },
  async start() {
    const { screen, display } = await openScreen();
    const port = await freePort();
    // It runs as whoever runs the tests, root in a container among them, where its sandbox cannot be built.
    const env = { ...process.env, DISPLAY: display, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    const driver = spawn(DRIVER, [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: 'ignore' });
    const stop = () => {
      driver.kill();
      screen.kill();
    };
    try {
      return await openSession(`http://127.0.0.1:${port}`, stop);
    } catch (cause) {
      stop();
      throw cause;
    }
  },
};

async function openSession(driver: string, stop: () => void): Promise<EnginePage> {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(driver + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const { value } = (await response.json()) as { value: T };
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  };
  for (const deadline = Date.now() + START_MS; ; ) {
    const isUp = await call('GET', '/status').then(() => true, () => false);
    if (isUp) break;
    if (Date.now() > deadline) throw new Error('WebKitWebDriver does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { sessionId } = await call<{ sessionId: string }>('POST', '/session', { capabilities: {} });
  const at = `/session/${sessionId}`;
  return {
    open: (url) => call('POST', `${at}/url`, { url }),
    run: async <T>(body: string, argument: unknown = null) => {
      const script = `const [argument, done] = arguments; (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await call<{ value: T; error?: string }>('POST', `${at}/execute/async`, { script, args: [argument] });
      if (error) throw new Error(error);
      return value;
    },
    move: (x, y) => call('POST', `${at}/actions`, {
      actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [{ type: 'pointerMove', duration: 0, origin: 'viewport', x, y }] }],
    }),
    screenshot: async () => Buffer.from(await call<string>('GET', `${at}/screenshot`), 'base64'),
    close: async () => {
      await call('DELETE', at).catch(() => undefined);
      stop();
    },
  };
}

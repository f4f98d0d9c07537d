// A real studio, of the program that is named in GAZE, on a free port and a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const PORTRAIT = readFileSync(join(ROOT, 'examples', 'astronaut.png'));

/** The program under test. */
export function program(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const path = process.env.GAZE ?? join(target, 'debug', 'gaze');
  if (!existsSync(path)) throw new Error(`build gaze first (cargo build -p gaze-cli), or name it in GAZE: ${path}`);
  return path;
}

/** Small and quick; everybody may upload. */
const QUICK = ['--grid', '4', '--max-size', '128', '--finer', 'always', '--uploads-per-minute', '0', '--requests-per-minute', '0'];

export class Studio implements AsyncDisposable {
  url = '';
  log = '';
  #process!: ChildProcess;
  #ended!: Promise<number | null>;

  private constructor(readonly data: string, readonly args: readonly string[], readonly environment: Record<string, string> = {}, readonly folder?: string) {}

  /** Starts one; later options replace earlier ones. */
  static async start(...args: string[]): Promise<Studio> {
    const studio = new Studio(mkdtempSync(join(tmpdir(), 'gaze-studio-')), [...QUICK, ...args]);
    await studio.restart();
    return studio;
  }

  /** Starts one in a folder and with variables of its own. */
  static async startIn(folder: string, environment: Record<string, string>, ...args: string[]): Promise<Studio> {
    const studio = new Studio(mkdtempSync(join(tmpdir(), 'gaze-studio-')), [...QUICK, ...args], environment, folder);
    await studio.restart();
    return studio;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Starts it on the data that is there. */
  async restart(): Promise<void> {
    const options = merged(['--port', '0', '--data', this.data, '--backend', 'local', '--engine', 'embedded', ...this.args]);
    this.#process = spawn(program(), ['studio', ...options], { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder, env: { ...process.env, ...this.environment } });
    this.#process.stderr?.on('data', (text: Buffer) => { this.log += text; });
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
    const lines = createInterface({ input: this.#process.stdout! });
    const address = new Promise<string>((resolve) => lines.once('line', (line) => resolve(/^(\S+) is open/.exec(line)?.[1] ?? '')));
    const url = await Promise.race([address, this.#ended.then((code) => { throw new Error(`ended with ${code}: ${this.log}`); })]);
    if (!url) throw new Error('it said no address');
    this.url = url.replace(/\/$/, '');
  }

  /** Ends it at once, as the system does. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks it to end; says how it did, and how long that took in seconds. */
  async stop(): Promise<{ code: number | null; seconds: number }> {
    const began = performance.now();
    this.#process.kill('SIGTERM');
    const code = await this.#ended;
    return { code, seconds: (performance.now() - began) / 1000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  async json<T = Record<string, unknown>>(path: string, init?: RequestInit): Promise<T> {
    const response = await this.fetch(path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Uploads a photo for the finer version. */
  upload(query = '', bytes: Uint8Array = PORTRAIT, headers: Record<string, string> = {}): Promise<Uploaded> {
    return this.json(`/api/uploads${query}`, { method: 'POST', body: bytes as BodyInit, headers });
  }

  state(id: string): Promise<State> {
    return this.json(`/api/session/${id}/state`);
  }

  /** All states of a session from now on, to the last. */
  async *states(id: string, headers: Record<string, string> = {}): AsyncGenerator<State & { number: number }> {
    const response = await this.fetch(`/api/session/${id}/events`, { headers });
    let text = '';
    for await (const part of response.body!.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
        if (field('event') === 'state') yield { ...(JSON.parse(field('data') ?? '{}') as State), number: Number(field('id')) };
      }
    }
  }

  /** Waits until nothing more happens to a session. */
  async outcome(id: string): Promise<State> {
    let last: State | undefined;
    for await (const state of this.states(id)) last = state;
    if (!last) throw new Error('nothing was told');
    return last;
  }
}

export interface Uploaded {
  sessionId: string;
  ownerKey: string;
  position: number;
}

export interface State {
  sessionId: string;
  state: string;
  position: number;
  progress: number;
  stage: string;
  current: number;
  total: number;
  attempt: number;
  hasFrames: boolean;
  hasRig: boolean;
  error: string | null;
  seconds: number | null;
  width: number;
  height: number;
}

/** The last of each option. */
function merged(args: readonly string[]): string[] {
  const options = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) options.set(args[i]!, args[i + 1]!);
  return [...options].flat();
}

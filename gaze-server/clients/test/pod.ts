// A real pod, of the same program, on a port that it keeps when it is started again.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './studio.js';

export class Pod implements AsyncDisposable {
  log = '';
  #process!: ChildProcess;
  #ended!: Promise<unknown>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gaze-pod-'));

  private constructor(readonly port: number) {}

  static async start(): Promise<Pod> {
    const pod = new Pod(await freePort());
    await pod.restart();
    return pod;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Starts it on the jobs that are there, and waits until it can render. */
  async restart(): Promise<void> {
    this.#process = spawn(program(), ['pod', '--host', 'localhost', '--port', String(this.port), '--folder', this.#folder, '--engine', 'embedded', '--max-size', '256'], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.on('data', (text: Buffer) => { this.log += text; });
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
    for (let i = 0; i < 600; i += 1) {
      const ping = await fetch(`${this.url}/ping`).catch(() => undefined);
      if (ping?.status === 200) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the pod does not start: ${this.log}`);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

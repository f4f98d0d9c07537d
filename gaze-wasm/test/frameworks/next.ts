// An app of Next's that has the package installed, as its own servers serve it.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRAMEWORKS, readmeExamples } from '../packed.js';
import { installPacked } from './app.js';
import { freePort } from '../free-port.js';

export class NextApp {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaze-next-'));
  readonly #env: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;

  /** `faces`: the address of the site that has them. */
  constructor(faces: string) {
    // Next builds nothing that lies outside its own folder.
    cpSync(join(FRAMEWORKS, 'next'), this.folder, { recursive: true, verbatimSymlinks: true });
    for (const name of ['react.tsx', 'shared.ts']) cpSync(join(FRAMEWORKS, 'apps', name), join(this.folder, 'apps', name));
    writeFileSync(join(this.folder, 'apps', 'Readme.tsx'), readmeExamples('tsx')[0]!);
    installPacked(join(this.folder, 'node_modules'));
    const { NODE_ENV: _, ...env } = process.env;
    this.#env = { ...env, GAZE_SITE: faces, NEXT_TELEMETRY_DISABLED: '1' } as NodeJS.ProcessEnv;
  }

  /** Runs a command to its end; what it prints. */
  async run(...parameters: string[]): Promise<string> {
    const child = this.#spawn(parameters);
    const output = read(child);
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`next ${parameters.join(' ')}: ${output.text}`);
    return output.text;
  }

  /** Starts `next dev` or `next start`; its address. */
  async start(command: 'dev' | 'start'): Promise<string> {
    const port = await freePort();
    this.#server = this.#spawn([command, '--hostname', '127.0.0.1', '--port', String(port)]);
    const output = read(this.#server);
    await new Promise<void>((resolve, reject) => {
      this.#server!.stdout!.on('data', () => /Ready/.test(output.text) && resolve());
      this.#server!.once('exit', () => reject(new Error(output.text)));
    });
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    // Its children are in its group.
    process.kill(-server.pid!, 'SIGTERM');
    await ended;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(parameters: string[]): ChildProcess {
    const script = join(this.folder, 'node_modules', 'next', 'dist', 'bin', 'next');
    return spawn(process.execPath, [script, ...parameters], { cwd: this.folder, env: this.#env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

function read(child: ChildProcess): { text: string } {
  const output = { text: '' };
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => (output.text += data.toString()));
  return output;
}

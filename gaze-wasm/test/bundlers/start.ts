// Installs a tool, and starts it.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import type { Tool, Way } from './tools.js';
import { freePort } from '../free-port.js';

/** Where tools stay installed from run to run. */
const CACHE = process.env.GAZE_BUNDLERS_DIR ?? join(process.env.CI_CACHE_DIR ?? join(homedir(), '.cache', 'gaze'), 'bundlers');
const START_MS = 120_000;
const NPM = ['install', '--no-audit', '--no-fund', '--loglevel=error'];

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };

/** A project with that tool and the package; its folder. */
export function install(tool: Tool, tarball: string): string {
  const folder = join(CACHE, tool.folder);
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: tool.packages });
  mkdirSync(folder, { recursive: true });
  const isInstalled = existsSync(join(folder, 'package.json')) && readFileSync(join(folder, 'package.json'), 'utf8') === manifest;
  for (const name of readdirSync(folder)) {
    if (!isInstalled || name !== 'node_modules') rmSync(join(folder, name), { recursive: true, force: true });
  }
  // What tools remember of another build of the package.
  for (const name of ['.vite', '.cache', 'gaze-tracker']) rmSync(join(folder, 'node_modules', name), { recursive: true, force: true });
  writeFileSync(join(folder, 'package.json'), manifest);
  if (!isInstalled) execFileSync('npm', NPM, { cwd: folder, stdio: 'inherit' });
  execFileSync('npm', [...NPM, '--no-save', '--no-package-lock', tarball], { cwd: folder, stdio: 'inherit' });
  for (const [path, text] of Object.entries(tool.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The version of a package that is installed there. */
export function versionOf(folder: string, name: string): string {
  return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}

/** A page that is served: its address, and what ends that. */
export interface Served {
  url: string;
  stop(): Promise<void>;
}

/** Builds and serves the page in that way. */
export async function serve(tool: Tool, way: Way, folder: string): Promise<Served> {
  if (way.build) await promisify(execFile)(commandOf(tool, folder), way.build, { cwd: folder, env: ENVIRONMENT });
  const served = way.serve ? await startServer(tool, way.serve, folder) : await serveFolder(join(folder, way.folder!));
  return { ...served, url: served.url + (way.path ?? '') };
}

// No tool asks, tells its maker, or uses colours.
const ENVIRONMENT = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', CI: '1', BROWSER: 'none', NODE_ENV: undefined, VITEST: undefined };

const commandOf = (tool: Tool, folder: string) => join(folder, 'node_modules', '.bin', tool.command!);

async function startServer(tool: Tool, serve: (port: number) => string[], folder: string): Promise<Served> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  // In a group of its own, with whatever it starts.
  const server = spawn(commandOf(tool, folder), serve(port), { cwd: folder, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => void (output += String(text)));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async () => {
    if (server.exitCode === null) process.kill(-server.pid!, 'SIGTERM');
    await ended;
  };
  for (const deadline = Date.now() + START_MS; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    if (await fetch(url).then(({ ok }) => ok, () => false)) return { url, stop };
    if (server.exitCode === null && Date.now() < deadline) continue;
    if (server.exitCode === null) await stop();
    throw new Error(`${tool.name} serves nothing:\n${output}`);
  }
}

/** Serves files, as any web server does that knows nothing of single-page applications. */
export async function serveFolder(root: string): Promise<Served> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://site').pathname);
    const file = normalize(join(root, path.endsWith('/') ? `${path}index.html` : path));
    if (!file.startsWith(normalize(root)) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'access-control-allow-origin': '*' }).end(readFileSync(file));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// A web site on loopback that serves the built package, the fixtures, and what a test adds.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
export const DIST = join(PACKAGE, 'dist');
/** The single file that is committed, for builds without Node. */
export const SNAPSHOT = join(PACKAGE, '..', 'gaze-player', 'files');
export const FIXTURES = process.env.GAZE_PLAYER_FIXTURES ?? join(PACKAGE, '..', 'target', 'player-fixtures');

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
};

/** What is served, by the first part of the path. */
const FOLDERS: Record<string, string> = { player: DIST, snapshot: SNAPSHOT, fixtures: FIXTURES };

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

export class Site {
  readonly #server: Server;
  readonly #routes = new Map<string, Handler>();
  readonly #folders = new Map<string, Handler>();
  /** Every path that was asked for. */
  readonly asked: string[] = [];
  /** The same with its query. */
  readonly askedInFull: string[] = [];
  url = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://site');
      const path = decodeURIComponent(pathname);
      this.asked.push(path);
      this.askedInFull.push(path + search);
      const route = this.#routes.get(path + search) ?? this.#routes.get(path) ?? [...this.#folders].find(([folder]) => path.startsWith(folder))?.[1];
      if (route) route(response, request);
      else this.#serveFile(path, response);
    });
  }

  static async open(): Promise<Site> {
    for (const [what, how] of [[join(DIST, 'define.js'), 'scripts/build-player.sh'], [join(FIXTURES, 'six'), 'scripts/test.sh web']] as const) {
      if (!existsSync(what)) throw new Error(`${what} is missing: run ${how}`);
    }
    const site = new Site();
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    const address = site.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    site.url = `http://127.0.0.1:${address.port}`;
    return site;
  }

  /** Answers a path, or one query of it, with bytes, a status or whatever the handler does. */
  route(path: string, answer: Uint8Array | string | number | Handler): void {
    this.#routes.set(path, typeof answer === 'function' ? answer : (response) => {
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.setHeader('content-type', TYPES[path.slice(path.lastIndexOf('.'))] ?? 'application/octet-stream');
      response.end(typeof answer === 'number' ? '' : answer);
    });
  }

  /** Answers every path that begins with `folder` and has no answer of its own. */
  routeFolder(folder: string, answer: Handler): void {
    this.#folders.set(folder, answer);
  }

  #serveFile(path: string, response: ServerResponse): void {
    const [, top, ...rest] = path.split('/');
    const root = top && FOLDERS[top];
    const file = root && normalize(join(root, ...rest));
    if (!file || !file.startsWith(root) || !existsSync(file) || !statSync(file).isFile()) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[file.slice(file.lastIndexOf('.'))] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function fixture(path: string): Uint8Array {
  return readFileSync(join(FIXTURES, path));
}

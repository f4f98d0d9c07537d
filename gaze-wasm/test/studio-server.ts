// A stand-in for `gaze studio`: what docs/studio-api.md says, as the tests want it.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join, normalize } from 'node:path';
import type { Config } from '../studio/config.js';
import type { SessionState } from '../studio/session-state.js';
import { ASTRONAUT } from './maker-page.js';
import { DIST, PACKAGE } from './site.js';

/** As the server sends it with the page. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; worker-src 'self' blob:; base-uri 'self'; form-action 'none'; frame-ancestors 'self'";

const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm', woff2: 'font/woff2', png: 'image/png' };
export const DEMO = readFileSync(join(PACKAGE, 'portrait-page', 'demo.gaze'));

export interface Asked {
  method: string;
  /** Without the prefix, with the query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface Refusal {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Session {
  state: SessionState;
  ownerKey: string;
  rig: Buffer | undefined;
  listeners: Set<ServerResponse>;
}

export class StudioServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly sessions = new Map<string, Session>();
  /** All that was asked for, in order. */
  readonly asked: Asked[] = [];
  /** What the next requests to a path, named by method and beginning, are answered. */
  readonly refusals = new Map<string, Refusal>();
  config: Partial<Config> = { finer: { engine: 'liveportrait', neural: true, seconds: 58 } };
  /** How many are before a photo that comes. */
  position = 2;
  /** What uploads wait for before they are answered. */
  uploading: Promise<void> = Promise.resolve();
  /** No answers. */
  isDown = false;
  hasEvents = true;
  #port = 0;
  #count = 0;

  private constructor(
    readonly prefix: string,
    readonly host: string,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** `host` is what pages call it. */
  static async open(prefix = '/', host = '127.0.0.1'): Promise<StudioServer> {
    if (!existsSync(join(DIST, 'studio', 'index.html'))) throw new Error('dist/studio is missing: run scripts/build-player.sh');
    const server = new StudioServer(prefix, host);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    const address = server.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('no port');
    server.#port = address.port;
    return server;
  }

  get url(): string {
    return `http://${this.host}:${this.#port}${this.prefix}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Breaks all connections, and takes no more. */
  goDown(): void {
    this.isDown = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A session that somebody made. */
  add(state: Partial<SessionState> = {}, rig: Buffer | undefined = DEMO): string {
    const id = `session_${1764400000000 + (this.#count += 1)}_${Math.random().toString(36).slice(2).padEnd(9, '0').slice(0, 9)}`;
    const full: SessionState = {
      sessionId: id, state: 'complete', position: 0, etaSeconds: null, stage: null, current: 0, total: 0, progress: 0, message: null, wake: null, error: null,
      seconds: null, hasRig: !!rig, hasFrames: false, engine: null, neural: false, width: 410, height: 512, hasAlpha: false, createdAt: Date.now(), ...state,
    };
    this.sessions.set(id, { state: full, ownerKey: `key-${id}`, rig, listeners: new Set() });
    return id;
  }

  /** Something happens to a session; whoever listens hears it. */
  set(id: string, news: Partial<SessionState>): void {
    const session = this.sessions.get(id)!;
    Object.assign(session.state, news);
    for (const listener of session.listeners) send(listener, session.state);
  }

  /** The one session that there is. */
  get only(): string {
    if (this.sessions.size !== 1) throw new Error(`there are ${this.sessions.size} sessions`);
    return [...this.sessions.keys()][0]!;
  }

  /** What was asked for, in short, but for the page and its files. */
  get calls(): string[] {
    return this.asked.filter(({ path }) => path.startsWith('api/')).map(({ method, path }) => `${method} ${path.replace(/\?.*/, '').replace(/session_\w+/, 'ID')}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isDown) {
      request.socket.destroy();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://studio');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (!url.pathname.startsWith(this.prefix)) return void end(response, 404);
    const path = url.pathname.slice(this.prefix.length);
    const method = request.method ?? 'GET';
    this.asked.push({ method, path: path + url.search, headers: request.headers, body: Buffer.concat(chunks) });
    for (const [to, { status, body, headers = {} }] of this.refusals) {
      if (!`${method} ${path}`.startsWith(to)) continue;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return end(response, status, body ?? { error: 'it is refused' });
    }
    if (method === 'POST' && path === 'api/uploads') await this.uploading;
    const isRoute = path.startsWith('api/') ? this.#api(method, path, url.searchParams, Buffer.concat(chunks), request, response) : this.#file(path, response);
    if (!isRoute) end(response, 404, { error: 'nothing is here' });
  }

  #api(method: string, path: string, query: URLSearchParams, body: Buffer, request: IncomingMessage, response: ServerResponse): boolean {
    if (method === 'POST' && path === 'api/portraits') {
      const id = this.add({ width: body.readUInt16LE(18), height: body.readUInt16LE(20), hasAlpha: (body[22]! & 1) === 1 }, body);
      end(response, 201, { sessionId: id, ownerKey: this.sessions.get(id)!.ownerKey, url: this.url + id });
      return true;
    }
    const named = query.get('session') ?? /session_\w+/.exec(path)?.[0] ?? '';
    const session = this.sessions.get(named);
    if (method !== 'GET' && named) {
      const key = request.headers['x-gaze-owner'];
      const refused = !session ? 404 : key === undefined ? 401 : key !== session.ownerKey ? 403 : undefined;
      if (refused) {
        end(response, refused, { error: 'this is not yours' });
        return true;
      }
    }
    if (method === 'POST' && path === 'api/uploads' && session) {
      this.set(named, { state: 'queued', position: this.position, etaSeconds: this.position * 60 });
      end(response, 202, { sessionId: named, position: this.position });
      return true;
    }
    if (!session) return false;
    if (method === 'GET' && path.endsWith('/state')) end(response, 200, session.state);
    else if (method === 'GET' && path.endsWith('/events')) this.#listen(session, response);
    else if (method === 'DELETE' && path.endsWith('/job')) {
      this.set(named, { state: 'cancelled' });
      end(response, 204);
    } else if (method === 'DELETE') {
      this.sessions.delete(named);
      end(response, 204);
    } else if (path.endsWith('/downloads')) end(response, 200, { page: 1_912_345, zip: 3_400_000, rig: session.rig?.length ?? null });
    else if (path.endsWith('/rig') && session.rig) end(response, 200, session.rig, 'application/octet-stream');
    else if (/^api\/download/.test(path)) end(response, 200, 'a file', 'application/octet-stream');
    else return false;
    return true;
  }

  #listen(session: Session, response: ServerResponse): void {
    if (!this.hasEvents) return end(response, 502);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    session.listeners.add(response);
    response.on('close', () => session.listeners.delete(response));
    send(response, session.state);
  }

  #file(path: string, response: ServerResponse): boolean {
    const page = /^(?:view\/)?(session_\w+)?$/.exec(path);
    if (page) {
      this.#page(page[1], response);
      return true;
    }
    const upload = /^uploads\/(session_\w+)\/(.+)$/.exec(path);
    if (upload) {
      const session = this.sessions.get(upload[1]!);
      const name = upload[2]!;
      if (!session) return false;
      if (name === 'input.jpg') end(response, 200, readFileSync(ASTRONAUT), 'image/png');
      // Beside frames it is a download alone.
      else if (name === 'gaze_output/portrait.gaze' && session.state.hasRig && session.rig && !session.state.hasFrames) end(response, 200, session.rig, 'application/octet-stream');
      // A pack may have a rig alone.
      else if (name === 'gaze_output/frames.gaze' && session.state.hasFrames) end(response, 200, session.rig ?? DEMO, 'application/octet-stream');
      else return false;
      return true;
    }
    const root = path === 'gaze-tracker.js' || path.startsWith('assets/models/') ? DIST : join(DIST, 'studio');
    const file = normalize(join(root, path.replace(/^assets\//, '')));
    if (!file.startsWith(root) || !existsSync(file) || path === 'assets/index.html') return false;
    response.setHeader('cache-control', path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    end(response, 200, readFileSync(file), TYPES[path.slice(path.lastIndexOf('.') + 1)]);
    return true;
  }

  #page(id: string | undefined, response: ServerResponse): void {
    const session = id === undefined ? null : (this.sessions.get(id)?.state ?? { sessionId: id, state: 'gone' });
    const config = { base: this.prefix, publicUrl: this.url, finer: null, maxUploadBytes: 33_554_432, keepDays: 30, session, ...this.config };
    const values: Record<string, string> = { base: this.prefix, title: 'gaze: drop a portrait, it looks back', description: 'Drop a portrait.', social: '', config: JSON.stringify(config).replaceAll('<', '\\u003c') };
    const html = readFileSync(join(DIST, 'studio', 'index.html'), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name]!);
    response.setHeader('content-security-policy', POLICY);
    end(response, session?.state === 'gone' ? 404 : 200, html, 'text/html');
  }
}

function send(response: ServerResponse, state: SessionState): void {
  response.write(`id: ${Date.now()}\nevent: state\ndata: ${JSON.stringify(state)}\n\n`);
  if (['complete', 'failed', 'cancelled'].includes(state.state)) response.end();
}

function end(response: ServerResponse, status: number, body: unknown = '', type = 'application/json'): void {
  response.statusCode = status;
  if (status !== 204) response.setHeader('content-type', type);
  response.end(Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body));
}

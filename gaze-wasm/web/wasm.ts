// Loads the WebAssembly half once for all sessions.
import { GazeError } from './failure.js';
import type { ModuleName, WasmOrigin, WasmOrigins } from './wasm-source.js';
import init, * as exports from '../pkg/gaze_tracker.js';

export type Wasm = typeof exports;
export type { Player, SheetSet } from '../pkg/gaze_tracker.js';

/** Asks the page for its copy of a module, gzipped; none where it has none. `why` is for people. */
export type RequestCopy = (module: ModuleName, why: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;

let origins: WasmOrigins | undefined;
let requestCopy: RequestCopy;
let loading: Promise<Wasm> | undefined;

/** Takes the modules from there, from the next load on. */
export function setWasmOrigins(from: WasmOrigins, copy: RequestCopy): void {
  origins = from;
  requestCopy = copy;
}

/** The module, compiled at the first call. Throws a `GazeError`. A failure is not kept: the next call tries again. */
export function loadWasm(): Promise<Wasm> {
  loading ??= initialised(init, 'player', (from) => from.player).then(
    () => exports,
    (cause: unknown) => {
      loading = undefined;
      throw notStarted('the player', cause);
    },
  );
  return loading;
}

/** Starts a module from where `choose` says; where that fails beside the script, from the page's copy of it. */
export async function initialised<T>(
  start: (options: { module_or_path: BufferSource | WebAssembly.Module }) => Promise<T>,
  name: ModuleName,
  choose: (from: WasmOrigins) => WasmOrigin,
): Promise<T> {
  if (!origins) throw new Error('its address is not set');
  const from = choose(origins);
  try {
    return await start({ module_or_path: await (typeof from === 'string' ? fetched(from) : isGzipped(from) ? inflated(from) : from) });
  } catch (cause) {
    const copy = origins.isBeside[name] && (await requestCopy(name, wordsOf(cause)));
    if (!copy) throw cause;
    return start({ module_or_path: await inflated(copy) });
  }
}

/** Why a module is not there. */
export function notStarted(what: string, cause: unknown): GazeError {
  const advice = cause instanceof GazeError
    ? 'put it there, or say where it is by setWasmSource(); in Vite, name gaze-tracker in optimizeDeps.exclude'
    : "is it of this version, and does script-src allow 'wasm-unsafe-eval'?";
  return new GazeError('wasm', `${what} could not be started: ${wordsOf(cause)}: ${advice}`, true, { cause });
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const lacking = (why: string) => new GazeError('wasm', `${why} ${url || 'its WebAssembly, since its script is no module'}`);
  const response = await fetch(url || 'about:blank').catch((cause: unknown) => {
    throw lacking(`${wordsOf(cause)}:`);
  });
  // Many servers answer with their front page whatever they do not know.
  if (/html/.test(response.headers.get('content-type') ?? '')) throw lacking('the server sent a web page instead of');
  if (!response.ok) throw lacking(`the server answered ${response.status} for`);
  return response.arrayBuffer();
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isGzipped(from: WasmOrigin): from is Uint8Array<ArrayBuffer> {
  return from instanceof Uint8Array && from[0] === 0x1f && from[1] === 0x8b;
}

function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

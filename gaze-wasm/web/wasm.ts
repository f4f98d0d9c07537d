// Loads the WebAssembly half once for all sessions.
import { GazeError } from './failure.js';
import type { WasmOrigin, WasmOrigins } from './wasm-source.js';
import init, * as exports from '../pkg/gaze_tracker.js';

export type Wasm = typeof exports;
export type { PackHeader, Player, SheetSet } from '../pkg/gaze_tracker.js';

let origins: WasmOrigins | undefined;
let loading: Promise<Wasm> | undefined;

/** Takes the modules from there, from the next load on. */
export function setWasmOrigins(from: WasmOrigins): void {
  origins = from;
}

/** The module, compiled at the first call. Throws a `GazeError`. A failure is not kept: the next call tries again. */
export function loadWasm(): Promise<Wasm> {
  loading ??= initialised(init, (from) => from.player).then(
    () => exports,
    (cause: unknown) => {
      loading = undefined;
      throw notStarted('the player', 'gaze_tracker_bg.wasm', cause);
    },
  );
  return loading;
}

/** Starts a module from where `choose` says. */
export async function initialised<T>(
  start: (options: { module_or_path: WasmOrigin | Response }) => Promise<T>,
  choose: (from: WasmOrigins) => WasmOrigin,
): Promise<T> {
  if (!origins) throw new Error('its address is not set');
  const from = choose(origins);
  return start({ module_or_path: isGzipped(from) ? inflated(from) : from });
}

/** Why a module is not there. */
export function notStarted(what: string, file: string, cause: unknown): GazeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GazeError('wasm', `${what} could not be started: is ${file} there, and does the page's script-src allow 'wasm-unsafe-eval'? ${why}`, true, { cause });
}

function isGzipped(from: WasmOrigin): from is Uint8Array<ArrayBuffer> {
  return from instanceof Uint8Array && from[0] === 0x1f && from[1] === 0x8b;
}

function inflated(bytes: Uint8Array<ArrayBuffer>): Response {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream, { headers: { 'content-type': 'application/wasm' } });
}

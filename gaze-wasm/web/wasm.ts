// Loads the WebAssembly half once for all sessions.
import { GazeError } from './failure.js';
import type { WasmOrigin } from './wasm-source.js';
import init, * as exports from '../pkg/gaze_tracker.js';

export type Wasm = typeof exports;
export type { PackHeader, Player, SheetSet } from '../pkg/gaze_tracker.js';

let origin: WasmOrigin | undefined;
let loading: Promise<Wasm> | undefined;

/** Takes the module from there, from the next load on. */
export function setWasmOrigin(from: WasmOrigin): void {
  origin = from;
}

/** The module, compiled at the first call. Throws a `GazeError`. A failure is not kept: the next call tries again. */
export function loadWasm(): Promise<Wasm> {
  loading ??= load().then(
    () => exports,
    (cause: unknown) => {
      loading = undefined;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new GazeError('wasm', `the player could not be started, is gaze_tracker_bg.wasm there and allowed? ${why}`, true, { cause });
    },
  );
  return loading;
}

async function load(): Promise<void> {
  if (!origin) throw new Error('its address is not set');
  await init({ module_or_path: isGzipped(origin) ? inflated(origin) : origin });
}

function isGzipped(from: WasmOrigin): from is Uint8Array<ArrayBuffer> {
  return from instanceof Uint8Array && from[0] === 0x1f && from[1] === 0x8b;
}

function inflated(bytes: Uint8Array<ArrayBuffer>): Response {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream, { headers: { 'content-type': 'application/wasm' } });
}

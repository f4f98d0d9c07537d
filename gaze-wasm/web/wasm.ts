// Loads the WebAssembly half once for the whole page.
import { GazeError } from './failure.js';
import init, * as exports from '../pkg/gaze_tracker.js';

export type Wasm = typeof exports;
export type { PackHead, Player, SheetSet } from '../pkg/gaze_tracker.js';

/** Where the module comes from: an address, its bytes, or a compiled module. */
export type WasmSource = string | URL | BufferSource | WebAssembly.Module;

let source: WasmSource | undefined;
let loading: Promise<Wasm> | undefined;

/**
 * Takes the module from elsewhere, for instance a CDN or a bundler's asset address. Call it before the first
 * element is on the page. Default: `gaze_tracker_bg.wasm` beside the script.
 */
export function setWasmSource(from: WasmSource): void {
  source = from;
}

/** The module, compiled at the first call. Throws a `GazeError`. A failure is not kept: the next call tries again. */
export function loadWasm(): Promise<Wasm> {
  loading ??= init({ module_or_path: source ?? new URL('gaze_tracker_bg.wasm', import.meta.url) }).then(
    () => exports,
    (cause: unknown) => {
      loading = undefined;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new GazeError('wasm', `the player could not be started, is gaze_tracker_bg.wasm there and allowed? ${why}`, true, { cause });
    },
  );
  return loading;
}

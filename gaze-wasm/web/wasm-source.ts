// Where the WebAssembly half comes from, as the page says.

/** Where the module comes from: an address, its bytes, plain or gzipped, or a compiled module. */
export type WasmSource = string | URL | BufferSource | WebAssembly.Module;

/** The same in a form that can be sent to a worker: addresses are absolute. */
export type WasmOrigin = string | BufferSource | WebAssembly.Module;

let source: WasmSource | undefined;

/**
 * Takes the module from elsewhere, for instance a CDN or a bundler's asset address. Call it before the first
 * element is on the page. Default: `gaze_tracker_bg.wasm` beside the script.
 */
export function setWasmSource(from: WasmSource): void {
  source = from;
}

/** The source in force. */
export function wasmOrigin(): WasmOrigin {
  const from = source ?? new URL('gaze_tracker_bg.wasm', import.meta.url);
  if (typeof from !== 'string' && !(from instanceof URL)) return from;
  try {
    return new URL(from, document.baseURI).href;
  } catch {
    // No address: loading it will fail and say why.
    return String(from);
  }
}

// Where the WebAssembly half comes from, as the page says.
import { fileBeside } from './address.js';
import { besideScript } from './beside-script.js';

/** Where a module comes from: an address, its bytes, plain or gzipped, or a compiled module. */
export type WasmSource = string | URL | BufferSource | WebAssembly.Module;

/** The same in a form that can be sent to a worker: addresses are absolute. */
export type WasmOrigin = string | BufferSource | WebAssembly.Module;

/** The modules: the player's, and what draws rigs. */
export type ModuleName = 'player' | 'rig';

/** Where the player's modules come from. */
export interface WasmOrigins {
  player: WasmOrigin;
  /** What draws rigs: for browsers with SIMD, and for all. */
  rig: { simd: WasmOrigin; plain: WasmOrigin };
  /** Which of them lie beside the script. Bundlers and servers may have moved that alone: then a copy will do. */
  isBeside: Record<ModuleName, boolean>;
}

let source: WasmSource | undefined;
let rigSource: WasmSource | undefined;

/**
 * Takes the modules from elsewhere, for instance a CDN or a bundler's asset addresses. Call it before the first
 * element is on the page. Default: `gaze_tracker_bg.wasm` beside the script, and beside that, for rigs,
 * `live_rig_simd_bg.wasm` or `live_rig_bg.wasm`. `rig` replaces both of these. Where an address that was given here has no
 * module, that is an error; only for what is missing beside the script, the package has copies inside.
 */
export function setWasmSource(from: WasmSource, rig?: WasmSource): void {
  source = from;
  rigSource = rig;
}

/** The sources in force. */
export function wasmOrigins(): WasmOrigins {
  // Each written out, so that bundlers find them.
  const player = originOf(source ?? (() => new URL('gaze_tracker_bg.wasm', import.meta.url)));
  const beside = (name: string, ours: () => URL) =>
    originOf(rigSource ?? (source && typeof player === 'string' ? () => fileBeside(name, player) : ours));
  return {
    player,
    rig: {
      simd: beside('live_rig_simd_bg.wasm', () => new URL('live_rig_simd_bg.wasm', import.meta.url)),
      plain: beside('live_rig_bg.wasm', () => new URL('live_rig_bg.wasm', import.meta.url)),
    },
    isBeside: { player: !source, rig: !source && !rigSource },
  };
}

function originOf(from: WasmSource | (() => URL | string)): WasmOrigin {
  if (from instanceof Function) return besideScript(from);
  if (typeof from !== 'string' && !(from instanceof URL)) return from;
  try {
    return new URL(from, document.baseURI).href;
  } catch {
    // No address: loading it will fail and say why.
    return String(from);
  }
}

// Where code and models come from, as the page says.
import { besideScript } from '../beside-script.js';
import { isSimdSupported } from './simd.js';

/** Where a file comes from: an address, or its bytes, plain or gzipped. */
export type FileSource = string | URL | BufferSource | Blob;

/** Where everything comes from that making faces takes. */
export interface GenerateSource {
  /** The WebAssembly module, or the address of a folder, with a slash at its end, that has both of them:
   * `gaze_generate_simd_bg.wasm`, and `gaze_generate_bg.wasm` for where there is no SIMD. Default: the script's folder. */
  wasm?: FileSource | WebAssembly.Module;
  /** The address of the folder of the models; or a source for each of the four, by its name in `dist/models`. Default:
   * `models/` in the script's folder. */
  models?: string | URL | Record<string, FileSource>;
}

/** The same in a form that can be sent to a worker: addresses are absolute. */
export type FileOrigin = string | BufferSource | Blob;
export interface Origins {
  wasm: FileOrigin | WebAssembly.Module;
  /** In the order of `MODELS`. */
  models: FileOrigin[];
}

/** A file of this version. */
export interface Asset {
  name: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

declare const GAZE_MODELS: readonly Asset[];
declare const GAZE_WASM_BYTES: number;

/** The face models, in the order in which the Rust half takes them. */
export const MODELS: readonly Asset[] = GAZE_MODELS;
/** Bytes of the larger of the two modules. */
export const WASM_BYTES: number = GAZE_WASM_BYTES;

let source: GenerateSource = {};
/** The sources in force, in the form that is sent. */
let current: Origins | undefined;

/**
 * Takes the module and the models from elsewhere: a folder that holds what `dist` holds, a CDN's for instance; or each
 * from where you say. What is not said comes from where it came before.
 */
export function setGenerateSource(from: string | URL | GenerateSource): void {
  if (typeof from === 'string' || from instanceof URL) {
    const folder = withSlash(from);
    source = { wasm: folder, models: inside(folder, 'models/') };
  } else {
    source = { ...source, ...from };
  }
  current = undefined;
}

/** The sources in force: the same object until they change. */
export function origins(): Origins {
  return (current ??= { wasm: wasmSource(source.wasm), models: modelSources(source.models).map(absolute) });
}

function wasmSource(wasm: GenerateSource['wasm']): Origins['wasm'] {
  // Each written out, so that bundlers see them.
  if (wasm === undefined) {
    return isSimdSupported()
      ? besideScript(() => new URL('./gaze_generate_simd_bg.wasm', import.meta.url))
      : besideScript(() => new URL('./gaze_generate_bg.wasm', import.meta.url));
  }
  const from = absolute(wasm);
  if (typeof from !== 'string' || !/^[^?]*\/(\?|$)/.test(from)) return from;
  return inside(from, isSimdSupported() ? 'gaze_generate_simd_bg.wasm' : 'gaze_generate_bg.wasm');
}

function modelSources(models: GenerateSource['models']): FileSource[] {
  if (models === undefined) {
    return [
      () => new URL('./models/face_detection_short_range.onnx', import.meta.url),
      () => new URL('./models/face_landmark.onnx', import.meta.url),
      () => new URL('./models/iris_landmark.onnx', import.meta.url),
      () => new URL('./models/selfie_segmentation.onnx', import.meta.url),
    ].map(besideScript);
  }
  if (typeof models === 'string' || models instanceof URL) {
    const folder = withSlash(models);
    return MODELS.map(({ name }) => inside(folder, name));
  }
  // One that is missing is an address that nothing is at, which loading it will say.
  return MODELS.map(({ name }) => models[name] ?? name);
}

function withSlash(folder: string | URL): string {
  return absolute(folder).replace(/\/?([?#].*)?$/, '/$1');
}

/** The address of what is in a folder, whose query it has. */
function inside(folder: string, name: string): string {
  return folder.replace(/([?#].*)?$/, `${name}$1`);
}

function absolute<T>(from: T | string | URL): Exclude<T, string | URL> | string {
  if ((typeof from !== 'string' && !(from instanceof URL)) || from === '') return from as Exclude<T, string | URL>;
  try {
    return new URL(from, document.baseURI).href;
  } catch {
    // No address: loading it will fail and say why.
    return String(from);
  }
}

// From a photo to a face, with what the page carries.
import { generate, GenerateError, prepare, setGenerateSource, type FaceChoice, type GeneratedFace, type GenerateProgress, type GenerateSource } from '../web/generate/index.js';
import { MODELS } from '../web/generate/assets.js';
import { isSimdSupported } from '../web/generate/simd.js';
import { carriedFile } from './carried.js';
import { STEP_STARTS } from './words.js';

/** What the visitor chooses. */
export interface Wishes {
  crop: 'none' | 'bust' | 'head';
  background: 'kept' | 'removed';
  eyes: 'auto' | 'soft';
  face: FaceChoice;
}

export { GenerateError, type GeneratedFace };

/** Takes what the page carries. Returns why no face can be made here, if that is so. */
export function unpack(): string | undefined {
  if (typeof WebAssembly !== 'object') {
    return 'Portraits are made with WebAssembly, which is switched off here, maybe by a lockdown mode. Open this file in another browser.';
  }
  if (!isSimdSupported()) return 'This browser is too old to make portraits: it needs WebAssembly with SIMD, which any browser from 2023 on has.';
  const wasm = carriedFile('gaze_generate_simd_bg.wasm.gz');
  const models: GenerateSource['models'] = {};
  for (const { name } of MODELS) {
    const model = carriedFile(name);
    if (model) models[name] = model;
  }
  if (!wasm || Object.keys(models).length < MODELS.length) return 'This page is incomplete: it lacks what finds faces. Write it with the command "gaze maker".';
  setGenerateSource({ wasm, models });
  return undefined;
}

/** Starts what making faces takes, so that the first one comes sooner. What fails is told when a face is made. */
export function warmUp(): void {
  prepare().catch(() => undefined);
}

/** Makes a face. Rejects with a `GenerateError`, or the signal's reason. */
export function make(photo: Blob, { face, crop, background, eyes }: Wishes, signal: AbortSignal, onProgress: (progress: GenerateProgress) => void): Promise<GeneratedFace> {
  return generate(photo, { face, crop, eyes, removeBackground: background === 'removed', signal, onProgress });
}

/** How much of the work is done, in a hundred. */
export function shareDone({ stage, loaded, total }: GenerateProgress): number {
  const starts = [...Object.values(STEP_STARTS), 100];
  const start = STEP_STARTS[stage];
  const next = Math.min(...starts.filter((other) => other > start));
  return start + (next - start) * (total ? loaded / total : 0);
}

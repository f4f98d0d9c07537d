// From a photo to a face.
import { generate, GenerateError, prepare, type FaceChoice, type GeneratedFace, type GenerateProgress, type PhotoSource } from '../web/generate/index.js';
import { isSimdSupported } from '../web/generate/simd.js';
import { STEP_STARTS } from './words.js';

/** What the visitor chooses. */
export interface Wishes {
  crop: 'none' | 'bust' | 'head';
  background: 'kept' | 'removed';
  eyes: 'auto' | 'soft';
  face: FaceChoice;
}

export { GenerateError, type GeneratedFace };

/** Why no face can be made in this browser; none where it can. `how` says where else. */
export function whyUnable(how: string): string | undefined {
  if (typeof WebAssembly !== 'object') return `Portraits are made with WebAssembly, which is switched off here, maybe by a lockdown mode. ${how}`;
  if (!isSimdSupported()) return 'This browser is too old to make portraits: it needs WebAssembly with SIMD, which any browser from 2023 on has.';
  return undefined;
}

/** Starts what making faces takes, so that the first one comes sooner. What fails is told when a face is made. */
export function warmUp(): void {
  prepare().catch(() => undefined);
}

/** Makes a face. Rejects with a `GenerateError`, or the signal's reason. */
export function make(photo: PhotoSource, { face, crop, background, eyes }: Wishes, signal: AbortSignal, onProgress: (progress: GenerateProgress) => void): Promise<GeneratedFace> {
  return generate(photo, { face, crop, eyes, removeBackground: background === 'removed', signal, onProgress });
}

/** How much of the work is done, in a hundred. */
export function shareDone({ stage, loaded, total }: GenerateProgress): number {
  const starts = [...Object.values(STEP_STARTS), 100];
  const start = STEP_STARTS[stage];
  const next = Math.min(...starts.filter((other) => other > start));
  return start + (next - start) * (total ? loaded / total : 0);
}

/** What went wrong, whatever was thrown. */
export function failureOf(thrown: unknown): GenerateError {
  return thrown instanceof GenerateError ? thrown : new GenerateError('engine', thrown instanceof Error ? thrown.message : String(thrown));
}

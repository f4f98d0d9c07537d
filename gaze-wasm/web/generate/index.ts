// gaze-tracker/generate: a photograph becomes a live face inside the visitor's browser. No server, no upload.
import { carryOut } from './client.js';
import { photoOf } from './given-photo.js';
import { checkOptions, type Box, type FindFacesOptions, type FoundFaces, type GenerateOptions, type GenerateProgress, type GenerateWarning, type PhotoSource } from './options.js';
import type { Made } from './protocol.js';

export { setGenerateSource, type FileSource, type GenerateSource } from './assets.js';
export { GenerateError, type GenerateErrorKind } from './failure.js';
export type { Box, FaceChoice, FindFacesOptions, FoundFaces, GenerateOptions, GenerateProgress, GenerateStage, GenerateWarning, PhotoSource, Point } from './options.js';

/** A live face: what a `<gaze-tracker>` takes as its `src`, and what is saved as `portrait.gaze`. */
export class GeneratedFace {
  /** The file `portrait.gaze`, some 50 KB. */
  readonly blob: Blob;
  /** Size of its picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** What may look wrong; empty for most portraits. */
  readonly warnings: readonly GenerateWarning[];
  /** All faces of the photograph, largest first, in its pixels. */
  readonly faces: readonly Box[];
  /** Which of them this is. */
  readonly face: number;
  /** What was kept of the photograph, in its pixels; none where all of it was. */
  readonly crop: Box | undefined;

  /** @internal */
  constructor({ file, width, height, warnings, found, face, crop }: Made) {
    this.blob = file;
    this.width = width;
    this.height = height;
    this.warnings = warnings;
    this.faces = found.faces;
    this.face = face;
    this.crop = crop;
  }

  /** The file `portrait.gaze`, as a method for those who look for one. */
  toBlob(): Blob {
    return this.blob;
  }
}

/**
 * Makes a live face from a picture, inside this browser: `tracker.src = await generate(file)`.
 *
 * Rejects with a `GenerateError`, which says what to do; with the signal's reason where that is aborted.
 */
export async function generate(source: PhotoSource, options: GenerateOptions = {}): Promise<GeneratedFace> {
  const settings = checkOptions(options);
  const { signal, report } = watched(options);
  const made = await carryOut(async () => ({ type: 'generate', photo: await photoOf(source, signal, report), settings }), signal, report);
  return new GeneratedFace(made);
}

/** Finds the faces of a picture, for people to choose from. None is no failure. */
export async function findFaces(source: PhotoSource, options: FindFacesOptions = {}): Promise<FoundFaces> {
  const { maxSize } = checkOptions(options);
  const { signal, report } = watched(options);
  return carryOut(async () => ({ type: 'find', photo: await photoOf(source, signal, report), maxSize }), signal, report);
}

/** Fetches and starts what making faces takes, so that the first face comes sooner: some 3 MB, kept by the browser. */
export async function prepare(options: Pick<FindFacesOptions, 'signal' | 'onProgress'> = {}): Promise<void> {
  const { signal, report } = watched(options);
  await carryOut(async () => ({ type: 'prepare' }), signal, report);
}

function watched({ signal = new AbortController().signal, onProgress }: Pick<FindFacesOptions, 'signal' | 'onProgress'>) {
  signal.throwIfAborted();
  const report = (progress: GenerateProgress) => {
    try {
      onProgress?.(progress);
    } catch (thrown) {
      // The page's own mistake is reported as such, and ends nothing here.
      setTimeout(() => {
        throw thrown;
      });
    }
  };
  return { signal, report };
}

// The messages between the page and what makes faces: plain data, since that runs in a worker where there is one.
import type { Origins } from './assets.js';
import type { GenerateErrorKind } from './failure.js';
import type { Box, FoundFaces, GenerateProgress, GenerateWarning, Settings } from './options.js';

/** A picture that a worker can read. */
export interface Photo {
  data: Blob | ImageBitmap;
  /** Size of the upright picture that a bitmap was made from: it may have been read smaller. */
  size?: { width: number; height: number };
}

/** What is to be done. */
export type Task =
  /** Fetch and start all that making faces takes. */
  | { type: 'prepare' }
  | { type: 'find'; photo: Photo; maxSize: number }
  | { type: 'generate'; photo: Photo; settings: Settings };

export interface Made {
  file: Blob;
  width: number;
  height: number;
  warnings: GenerateWarning[];
  found: FoundFaces;
  /** Index of the chosen one. */
  face: number;
  /** What was kept of the picture; none where all of it was. */
  crop: Box | undefined;
}

/** What a task results in. */
export interface Results {
  prepare: undefined;
  find: FoundFaces;
  generate: Made;
}

/** What the page sends: one task at a time. */
export type Request = { type: 'start'; origins: Origins } | { type: 'run'; task: Task } | { type: 'cancel' };

/** What the page receives. The last three end a task. */
export type Answer =
  /** The code runs. */
  | { type: 'started' }
  | { type: 'progress'; progress: GenerateProgress }
  | { type: 'done'; result: Results[Task['type']] }
  /** `isBroken`: nothing more can be made here, since the module has stopped for good. */
  | { type: 'failed'; kind: GenerateErrorKind; message: string; isBroken: boolean }
  | { type: 'cancelled' };

// The package's entry without side effects: nothing is defined until you say so.
export type { FaceFile } from './attributes.js';
export { GazeTracker, type SnapshotOptions } from './element.js';
export { GazeError, type GazeErrorCode } from './failure.js';
export {
  GazeErrorEvent,
  type GazeChangeDetail,
  type GazeTrackerEventMap,
  type ProgressDetail,
  type ReadyDetail,
} from './events.js';
export { setWasmSource, type WasmSource } from './wasm-source.js';

// What an element and its scene backstage say to each other: plain data, since a worker may lie between.
import type { Address } from './address.js';
import type { GazeChangeDetail, ProgressDetail } from './events.js';
import type { GazeErrorCode } from './failure.js';
import type { Frames } from './source/frames.js';
import type { SheetHints } from './source/open.js';
import type { Size } from './source/shrink.js';

/** Where to look. */
export type Aim =
  /** A point of the viewport, seen from the element's centre; all in CSS pixels. */
  | { kind: 'point'; x: number; y: number; centreX: number; centreY: number; width: number; height: number }
  /** The device's tilt and the screen's angle, in degrees. */
  | { kind: 'tilt'; beta: number; gamma: number; angle: number }
  /** Presses of arrow keys: right and down. */
  | { kind: 'step'; x: number; y: number }
  /** A place, each from -1 to 1: right and down. */
  | { kind: 'place'; x: number; y: number };

/** What an element's attributes say about motion. */
export interface Manner {
  smoothing: number;
  /** In mebibytes. */
  memory: number;
  idle: boolean;
}

/** Where the WebAssembly module comes from: an absolute address, its bytes, plain or gzipped, or compiled. */
export type WasmOrigin = string | BufferSource | WebAssembly.Module;

/** What the page tells. `scene` numbers one load of one element. */
export type Order =
  | { do: 'wasm'; origin: WasmOrigin }
  | { do: 'open'; scene: number; address: Address; hints: SheetHints; manner: Manner }
  /** The answer to `open`: a canvas that nothing has drawn on, and its size in device pixels. */
  | { do: 'stage'; scene: number; canvas: HTMLCanvasElement | OffscreenCanvas; shown: Size }
  | { do: 'fit'; scene: number; shown: Size }
  | { do: 'manner'; scene: number; manner: Manner }
  /** `cut`: in one cut, without moving there. */
  | { do: 'aim'; scene: number; aim: Aim; cut: boolean }
  | { do: 'wake' | 'sleep' | 'close'; scene: number };

/** What an element needs to know of its frames. */
export type FramesShape = Pick<Frames, 'kind' | 'grid' | 'width' | 'height' | 'shrink'>;

/** What it hears. */
export type News =
  /** The frames are known: a canvas is wanted. */
  | { scene: number; tell: 'open'; frames: FramesShape }
  /** The first frame is drawn. */
  | { scene: number; tell: 'ready' }
  | { scene: number; tell: 'progress'; detail: ProgressDetail }
  | { scene: number; tell: 'gaze'; detail: GazeChangeDetail }
  | { scene: number; tell: 'error'; code: GazeErrorCode; message: string; fatal: boolean };

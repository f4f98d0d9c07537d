// The messages between an element and its session: plain data, since the session may run in a worker.
import type { Address } from './address.js';
import type { GazeChangeDetail, ProgressDetail } from './events.js';
import type { GazeErrorCode } from './failure.js';
import type { Axes } from './geometry.js';
import type { Source } from './source/frames.js';
import type { SheetHints } from './source/sheet-plan.js';
import type { Size } from './source/shrink.js';
import type { ModuleName, WasmOrigins } from './wasm-source.js';

/** Where to look. What visitors do is meant as they see the picture: `axes` are those of one that does not stand upright. */
export type Aim =
  /** A point of the viewport, seen from the element's centre; all in CSS pixels. */
  | { kind: 'point'; x: number; y: number; centreX: number; centreY: number; width: number; height: number; axes: Axes | undefined }
  /** The device's tilt and the screen's angle, in degrees. */
  | { kind: 'tilt'; beta: number; gamma: number; angle: number; axes: Axes | undefined }
  /** Presses of arrow keys: right and down. */
  | { kind: 'step'; x: number; y: number; axes: Axes | undefined }
  /** A direction of the gaze, each from -1 to 1: the picture's own right and down. */
  | { kind: 'direction'; x: number; y: number };

/** What an element's attributes say about playback. */
export interface PlaybackSettings {
  smoothing: number;
  /** In mebibytes. */
  memory: number;
  idle: boolean;
  /** Whether to blink by itself. */
  blink: boolean;
  /** Pictures a second at most; none: as many as the screen has. */
  maxFps: number | undefined;
}

/** What the page sends. `session` numbers one load of one element. */
export type Command =
  | { type: 'wasm'; origins: WasmOrigins }
  /** The answer to the event `copy`: none where the page has none. */
  | { type: 'copy'; module: ModuleName; bytes: Uint8Array<ArrayBuffer> | undefined }
  /** `name`: what the page calls the face, for messages; nothing where it has no name. */
  | { type: 'open'; session: number; address: Address; name: string; hints: SheetHints; settings: PlaybackSettings }
  /** The answer to the event `open`: a canvas that nothing has drawn on, and its size in device pixels. */
  | { type: 'canvas'; session: number; canvas: HTMLCanvasElement | OffscreenCanvas; shown: Size }
  | { type: 'resize'; session: number; shown: Size }
  | { type: 'settings'; session: number; settings: PlaybackSettings }
  /** `cut`: at once, without moving there. */
  | { type: 'aim'; session: number; aim: Aim; cut: boolean }
  /** Blinks once, where the picture can. */
  | { type: 'blink'; session: number }
  /** The picture on the canvas is wanted, compressed. */
  | { type: 'snapshot'; session: number; number: number; format: string; quality: number | undefined }
  /** `freeze`: stops for good and lets go of all but the picture on the canvas. */
  | { type: 'wake' | 'sleep' | 'freeze' | 'close'; session: number };

/** What an element needs to know of its frames. */
export type FramesShape = Pick<Source, 'kind' | 'grid' | 'width' | 'height' | 'shrink'>;

/** What the page receives. */
export type PlayerEvent =
  /** A module is not where it should be: the page's copy of it is wanted. */
  | { type: 'copy'; module: ModuleName; why: string }
  /** The frames are known: a canvas is wanted. */
  | { type: 'open'; session: number; frames: FramesShape }
  /** The first frame is drawn. */
  | { type: 'ready'; session: number }
  /** `hasAlpha`: whether the face is, or may be, a cut-out, as soon as that is known. */
  | { type: 'progress'; session: number; detail: ProgressDetail; hasAlpha: boolean | undefined }
  | { type: 'gaze'; session: number; detail: GazeChangeDetail }
  /** The answer to the command `snapshot`; no picture where it could not be compressed. */
  | { type: 'snapshot'; session: number; number: number; picture: Blob | undefined }
  | { type: 'error'; session: number; code: GazeErrorCode; message: string; fatal: boolean };

type WithoutSession<T> = T extends { session: number } ? Omit<T, 'session'> : never;
/** A command to one session, which its client knows. */
export type SessionCommand = WithoutSession<Command>;
/** An event of one session. */
export type SessionEvent = WithoutSession<PlayerEvent>;

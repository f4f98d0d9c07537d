// The element's events, typed.
import { GazeError } from './failure.js';

/** The first frame is on screen and the face can be steered. */
export interface ReadyDetail {
  /** Whether a rig (`portrait.gaze`) is drawn, or a pack of frames (`frames.gaze`) or sprite sheets are played. */
  source: 'rig' | 'pack' | 'sheets';
  /** Cells a side. */
  grid: number;
  /** Width of a frame in pixels. */
  width: number;
  /** Height of a frame in pixels. */
  height: number;
}

/** Bytes and frames that have arrived. A rig counts as one frame. */
export interface ProgressDetail {
  loaded: number;
  /** 0 where the server does not say. */
  total: number;
  frames: number;
  totalFrames: number;
}

/** Where the face looks. */
export interface GazeChangeDetail {
  /** -1 (the viewer's left) to 1. */
  x: number;
  /** -1 (up) to 1. */
  y: number;
  /** Row of the nearest cell; row 0 looks up. */
  row: number;
  /** Column of the nearest cell; column 0 looks to the viewer's left. */
  col: number;
}

export interface GazeTrackerEventMap {
  ready: CustomEvent<ReadyDetail>;
  progress: CustomEvent<ProgressDetail>;
  gazechange: CustomEvent<GazeChangeDetail>;
  error: GazeErrorEvent;
}

/** Something failed; `error.fatal` says whether anything can still be steered. Where nobody listens on the element, or
 * prevents the default, its sentence goes to the console. */
export class GazeErrorEvent extends (globalThis.Event ?? (class {} as unknown as typeof Event)) {
  readonly message: string;

  constructor(readonly error: GazeError) {
    super('error', { cancelable: true });
    this.message = error.message;
  }
}

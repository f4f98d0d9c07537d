// What a playback draws on: pictures of frames or of a rig.
import type { Size } from './source/shrink.js';

/** A canvas with a face on it. The playback's player says where that looks. */
export interface Picture {
  /** Whether it can show closed eyes. Where that comes later, a step is requested. */
  readonly canBlink: boolean;
  /** Shows the face at rest. Rejects where it is damaged. */
  start(): Promise<void>;
  /** More cells have arrived. */
  arrived(cells: readonly number[]): void;
  /** Follows the size on screen, in device pixels. */
  resize(shown: Size): void;
  /** May take this many bytes together with all others that are awake. */
  setMemory(bytes: number): void;
  /** Draws what the player looks at. */
  draw(): void;
  /** Makes ready what is to be drawn next. Called after each step of the gaze. */
  prepare(): void;
  wake(): void;
  /** Lets go of what it can make again; the canvas keeps its picture. */
  sleep(): void;
  /** Lets go of everything but the picture on the canvas. Nothing may be called after. */
  close(): void;
}

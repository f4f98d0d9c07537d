// What every source of frames looks like to a session.
import type { GazeError } from '../failure.js';
import type { ProgressDetail } from '../events.js';
import type { Rig } from './rig.js';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A sweep whose compressed frames arrive one after another. A cell's number is `row * grid + column`. */
export interface Frames {
  readonly kind: 'pack' | 'sheets';
  /** Cells a side. */
  readonly grid: number;
  /** Width and height of a whole frame, in pixels. */
  readonly width: number;
  readonly height: number;
  /** What the sides of its images are divided by: 1, 2, 4 or 8. */
  readonly shrink: number;
  readonly hasAlpha: boolean;
  /** The part of the frame that the cells' images show. */
  readonly moving: Rect;
  /** All cells, coarse to fine. */
  readonly order: Uint16Array;
  /** The whole frame at rest. */
  readonly still: Blob;
  /** The section `BLNK` of its pack, once it has arrived, where there is one; `onCells` is called when it has. */
  readonly blink?: Blob | undefined;
  /** The image of a cell, once it has arrived. */
  blob(cell: number): Blob | undefined;
}

/** What a face is shown by. */
export type Source = Frames | Rig;

/** What has arrived. */
export interface Progress extends ProgressDetail {
  /** Whether the face is, or may be, a cut-out, as soon as that is known. */
  readonly hasAlpha: boolean | undefined;
}

/** Receives what a feed loads. */
export interface FeedListener {
  /** The still image has arrived, or the rig. Called once, before `onCells`. Resolves when it is on screen:
   * until then, what arrives is not read, which would only delay it. */
  onOpen(source: Source): Promise<void>;
  /** More cells have arrived. */
  onCells(cells: readonly number[]): void;
  onProgress(progress: Progress): void;
}

/** Shows a source. */
export interface SourceListener extends FeedListener {
  /** Nothing more will arrive. */
  onError(error: GazeError): void;
}

/** Feeds one listener until `signal` is aborted. Resolves when everything has arrived, rejects where it cannot. */
export type Feed = (listener: FeedListener, signal: AbortSignal) => Promise<void>;

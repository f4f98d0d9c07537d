// What is on screen: fits frames to the size they are shown at and tells the painter.
import { Painter, type Geometry, type Layer, type Painting } from './painter.js';
import { openRemotePainter } from './remote-painter.js';
import type { Frames } from './source/frames.js';
import { shrinkFor, type Size } from './source/shrink.js';

export class Stage {
  readonly #painting: Painting;
  readonly #frames: Frames;
  #shrink: number;

  private constructor(painting: Painting, frames: Frames, shown: Size) {
    this.#painting = painting;
    this.#frames = frames;
    this.#shrink = this.#shrinkAt(shown);
  }

  /** Frames on `canvas`, which nothing else may have drawn on, shown at `shown` device pixels. Draws nothing
   * yet. */
  static async open(canvas: HTMLCanvasElement, frames: Frames, shown: Size): Promise<Stage> {
    return new Stage((await openRemotePainter(canvas)) ?? new Painter(canvas), frames, shown);
  }

  /** Bytes of a decoded frame. */
  get frameBytes(): number {
    const { width, height } = this.#geometry().moving;
    return width * height * 4;
  }

  /** Follows the size on screen; true where frames must be decoded anew for it. */
  fit(shown: Size): boolean {
    const shrink = this.#shrinkAt(shown);
    if (shrink === this.#shrink) return false;
    this.#shrink = shrink;
    return true;
  }

  /** Forgets all frames and shows the still image alone. */
  drawStill(): Promise<void> {
    return this.#painting.still(this.#geometry(), this.#frames.still);
  }

  /** Decodes a cell's image, off the main thread, at the size shown. */
  decode(cell: number, image: Blob): Promise<void> {
    return this.#painting.decode(cell, image);
  }

  draw(layers: readonly Layer[]): void {
    this.#painting.draw(layers);
  }

  drop(cells?: readonly number[]): void {
    this.#painting.drop(cells);
  }

  /** Calls back once, when the next frame of the screen begins. */
  onFrame(callback: () => void): void {
    this.#painting.onFrame(callback);
  }

  close(): void {
    this.#painting.close();
  }

  #shrinkAt(shown: Size): number {
    return Math.max(this.#frames.shrink, shrinkFor(this.#frames, shown));
  }

  #geometry(): Geometry {
    const { width, height, moving, hasAlpha, shrink } = this.#frames;
    const scaled = (value: number) => Math.ceil(value / this.#shrink);
    return {
      width: scaled(width),
      height: scaled(height),
      moving: { x: scaled(moving.x), y: scaled(moving.y), width: scaled(moving.width), height: scaled(moving.height) },
      hasAlpha,
      shrinks: this.#shrink !== shrink,
    };
  }
}

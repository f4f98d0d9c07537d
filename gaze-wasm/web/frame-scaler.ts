// Scales frames to the size they are shown at: what is decoded and drawn has no more pixels than are seen.
import type { Lids } from './eyelids.js';
import { Painter, type Geometry, type Layer } from './painter.js';
import type { Frames } from './source/frames.js';
import { shrinkFor, type Size } from './source/shrink.js';
import type { Wasm } from './wasm.js';

export class FrameScaler {
  readonly #painter: Painter;
  readonly #frames: Frames;
  #shrink: number;
  #shown: Size;

  /** For frames on `canvas`, which nothing else may have drawn on, shown at `shown` device pixels. Draws nothing
   * yet. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, frames: Frames, shown: Size) {
    this.#painter = new Painter(canvas);
    this.#frames = frames;
    this.#shown = shown;
    this.#shrink = this.#shrinkAt(shown);
  }

  /** Bytes of a decoded frame. */
  get frameBytes(): number {
    const { width, height } = this.#geometry().moving;
    return width * height * 4;
  }

  /** Longer side of the moving rectangle on screen, in device pixels. */
  get movingSide(): number {
    const { width, height, moving } = this.#frames;
    return Math.max(moving.width, moving.height) * Math.min(this.#shown.width / width, this.#shown.height / height);
  }

  /** Follows the size on screen; true where frames must be decoded anew for it. */
  resize(shown: Size): boolean {
    this.#shown = shown;
    const shrink = this.#shrinkAt(shown);
    if (shrink === this.#shrink) return false;
    this.#shrink = shrink;
    return true;
  }

  /** Discards all decoded frames and shows the still image alone. */
  drawStill(): Promise<void> {
    return this.#painter.drawStill(this.#geometry(), this.#frames.still);
  }

  /** Decodes a cell's image, off this thread, at the size shown. */
  decode(cell: number, image: Blob): Promise<void> {
    return this.#painter.decode(cell, image);
  }

  /** Whether it has decoded what closed eyes look like. */
  get canBlink(): boolean {
    return this.#painter.canBlink;
  }

  /** Decodes what closed eyes look like, at the size shown. */
  decodeEyelids(section: Blob, webpSize: Wasm['webpSize']): Promise<void> {
    return this.#painter.decodeEyelids(section, this.#shrink, webpSize);
  }

  draw(layers: readonly Layer[], lids?: Lids): void {
    this.#painter.draw(layers, lids);
  }

  discard(cells?: readonly number[]): void {
    this.#painter.discard(cells);
  }

  close(): void {
    this.#painter.close();
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

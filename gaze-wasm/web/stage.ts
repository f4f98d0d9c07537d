// The canvas: the still image, and over it the frames of the moving rectangle.
//
// Canvas2D draws decoded bitmaps for a fraction of what a WebGL upload costs, and knows no limit of contexts
// or texture sizes: see benches/results/renderer.md.
import type { Frames } from './source/frames.js';
import { shrinkFor, type Size } from './source/shrink.js';

/** One frame and its share of the picture; shares sum to 1, the largest first. */
export interface Layer {
  bitmap: ImageBitmap;
  weight: number;
}

export class Stage {
  readonly canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D | undefined;
  #frames: Frames | undefined;
  #shrink = 1;
  #hasStill = false;
  #request = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  /** What the frames' sides are divided by. */
  get shrink(): number {
    return this.#shrink;
  }

  /** Bytes of a decoded frame. */
  get frameBytes(): number {
    const { width, height } = this.#moving();
    return width * height * 4;
  }

  /** Takes other frames, to be shown at `shown` device pixels. Draws nothing yet. */
  open(frames: Frames, shown: Size): void {
    this.#frames = frames;
    this.#shrink = Math.max(frames.shrink, shrinkFor(frames, shown));
    this.#hasStill = false;
  }

  /** Follows the size on screen; true where frames must be decoded anew for it. */
  fit(shown: Size): boolean {
    if (!this.#frames) return false;
    const shrink = Math.max(this.#frames.shrink, shrinkFor(this.#frames, shown));
    if (shrink === this.#shrink) return false;
    this.#shrink = shrink;
    // What is on screen stays there, stretched, until the still image is drawn at its new size.
    this.#hasStill = false;
    return true;
  }

  /** Decodes the still image and shows it alone; false when something newer came in between. */
  async drawStill(): Promise<boolean> {
    const frames = this.#frames;
    if (!frames) return false;
    const request = ++this.#request;
    const bitmap = await this.#decode(frames.still, frames);
    try {
      if (request !== this.#request || frames !== this.#frames) return false;
      this.#resize();
      const context = this.#ready();
      context.globalCompositeOperation = 'copy';
      context.globalAlpha = 1;
      context.drawImage(bitmap, 0, 0, this.canvas.width, this.canvas.height);
      this.#hasStill = true;
      return true;
    } finally {
      bitmap.close();
    }
  }

  /** Draws frames over the still image. */
  draw(layers: readonly Layer[]): void {
    if (!this.#hasStill || layers.length === 0) return;
    const context = this.#ready();
    const { x, y, width, height } = this.#moving();
    if (this.#frames?.hasAlpha) {
      // Weighted sums of premultiplied colours: edges keep their transparency.
      context.clearRect(x, y, width, height);
      context.globalCompositeOperation = 'lighter';
      for (const { bitmap, weight } of layers) {
        context.globalAlpha = weight;
        context.drawImage(bitmap, x, y, width, height);
      }
      return;
    }
    // Each frame over those before it, so that in the end each has its weight and the sum stays opaque.
    context.globalCompositeOperation = 'source-over';
    let sum = 0;
    for (const { bitmap, weight } of layers) {
      sum += weight;
      context.globalAlpha = weight / sum;
      context.drawImage(bitmap, x, y, width, height);
    }
  }

  /** Decodes a cell's image, off the main thread, at the size shown. */
  async decodeFrame(blob: Blob): Promise<ImageBitmap> {
    return this.#decode(blob, this.#frames!.moving);
  }

  /** Gives up the canvas's memory; what is on screen is gone. */
  close(): void {
    this.#request++;
    this.#frames = undefined;
    this.#hasStill = false;
    this.canvas.width = 0;
    this.canvas.height = 0;
  }

  async #decode(blob: Blob, size: Size): Promise<ImageBitmap> {
    if (this.#shrink === this.#frames!.shrink) return createImageBitmap(blob);
    return createImageBitmap(blob, {
      resizeWidth: Math.ceil(size.width / this.#shrink),
      resizeHeight: Math.ceil(size.height / this.#shrink),
      resizeQuality: 'medium',
    });
  }

  /** The moving rectangle on the canvas. */
  #moving() {
    const { x, y, width, height } = this.#frames!.moving;
    const scaled = (value: number) => Math.ceil(value / this.#shrink);
    return { x: scaled(x), y: scaled(y), width: scaled(width), height: scaled(height) };
  }

  #ready(): CanvasRenderingContext2D {
    this.#context ??= this.canvas.getContext('2d', CONTEXT)!;
    return this.#context;
  }

  #resize(): void {
    const width = Math.ceil(this.#frames!.width / this.#shrink);
    const height = Math.ceil(this.#frames!.height / this.#shrink);
    if (this.canvas.width === width && this.canvas.height === height) return;
    // Setting either clears the canvas.
    this.canvas.width = width;
    this.canvas.height = height;
  }
}

const CONTEXT: CanvasRenderingContext2DSettings = { alpha: true };

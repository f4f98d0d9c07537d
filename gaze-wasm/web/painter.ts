// Decodes frames and draws them: the still image, and over it the frames of the moving rectangle.
//
// Canvas2D: what a WebGL upload saves for one frame it loses for four mixed ones, and browsers grant a page
// only sixteen WebGL contexts. See benches/results/renderer.md.
import { Eyelids, type Lids } from './eyelids.js';

/** Where things lie on the canvas, in its pixels. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  /** The moving rectangle. */
  readonly moving: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly hasAlpha: boolean;
  /** Whether images are scaled down as they are decoded. */
  readonly shrinks: boolean;
}

/** A cell and its share of the picture; shares sum to 1, the largest comes first. */
export type Layer = readonly [cell: number, weight: number];

/** Drawn by the CPU: otherwise the GPU process holds a copy of every frame as well. */
const IN_MEMORY: CanvasRenderingContext2DSettings = { willReadFrequently: true };

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export class Painter {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  #context: Context | undefined;
  #geometry: Geometry | undefined;
  #hasStill = false;
  readonly #bitmaps = new Map<number, ImageBitmap>();
  /** What closed eyes look like. */
  #eyelids: Eyelids | undefined;
  /** What lies under closed eyes where there is only the still image. */
  #open: ImageData | undefined;
  /** Changes whenever decoded frames become useless, so that late ones are not kept. */
  #generation = 0;

  constructor(canvas: HTMLCanvasElement | OffscreenCanvas) {
    this.#canvas = canvas;
  }

  /** Takes another geometry, discards all decoded frames and shows the still image alone. */
  async drawStill(geometry: Geometry, image: Blob): Promise<void> {
    this.discard();
    const generation = this.#generation;
    const { width, height } = geometry;
    const bitmap = await createImageBitmap(image, geometry.shrinks ? resized(width, height) : {});
    if (generation === this.#generation) {
      this.#geometry = geometry;
      // Setting either clears the canvas, so what is on screen stays until now.
      if (this.#canvas.width !== width) this.#canvas.width = width;
      if (this.#canvas.height !== height) this.#canvas.height = height;
      this.#context ??= this.#canvas.getContext('2d', IN_MEMORY) as Context;
      this.#context.globalCompositeOperation = 'copy';
      this.#context.globalAlpha = 1;
      this.#context.drawImage(bitmap, 0, 0, width, height);
      this.#hasStill = true;
      this.#open = undefined;
    }
    bitmap.close();
  }

  /** Decodes the image of a cell and keeps it. Rejects where it is damaged. */
  async decode(cell: number, image: Blob): Promise<void> {
    const generation = this.#generation;
    const { width, height } = this.#geometry?.moving ?? { width: 0, height: 0 };
    const bitmap = await createImageBitmap(image, this.#geometry?.shrinks ? resized(width, height) : {});
    if (generation !== this.#generation) {
      bitmap.close();
      return;
    }
    this.#bitmaps.get(cell)?.close();
    this.#bitmaps.set(cell, bitmap);
  }

  /** Whether it has decoded what closed eyes look like. */
  get canBlink(): boolean {
    return this.#eyelids !== undefined;
  }

  /** Decodes what closed eyes look like and keeps it: see `Eyelids.decode`. */
  async decodeEyelids(...section: Parameters<typeof Eyelids.decode>): Promise<void> {
    const generation = this.#generation;
    const eyelids = await Eyelids.decode(...section);
    if (generation !== this.#generation) {
      eyelids.close();
      return;
    }
    this.#eyelids?.close();
    this.#eyelids = eyelids;
  }

  /** Draws cells that were decoded over the still image, and over these the lids. */
  draw(layers: readonly Layer[], lids?: Lids): void {
    const context = this.#context;
    if (!this.#hasStill || !context || !this.#geometry) return;
    const { x, y, width, height } = this.#geometry.moving;
    const { hasAlpha } = this.#geometry;
    if (hasAlpha && layers.length) context.clearRect(x, y, width, height);
    // Transparent: weighted sums of premultiplied colours, so that edges keep their transparency. Opaque: each
    // is drawn over those before it, so that in the end each has its weight and the sum stays opaque.
    context.globalCompositeOperation = hasAlpha ? 'lighter' : 'source-over';
    let sum = 0;
    for (const [cell, weight] of layers) {
      const bitmap = this.#bitmaps.get(cell);
      if (!bitmap) continue;
      sum += weight;
      context.globalAlpha = hasAlpha ? weight : weight / sum;
      context.drawImage(bitmap, x, y, width, height);
    }
    // What lies under closed eyes is drawn again with each picture, but for the still image.
    if (layers.length) this.#open = undefined;
    else if (this.#open) context.putImageData(this.#open, x, y);
    if (!lids || !this.#eyelids) return;
    if (!layers.length) this.#open ??= context.getImageData(x, y, width, height);
    this.#eyelids.draw(context, lids);
  }

  /** Discards these cells' frames, or all and what closed eyes look like. */
  discard(cells?: readonly number[]): void {
    if (!cells) {
      this.#generation++;
      this.#eyelids?.close();
      this.#eyelids = undefined;
    }
    for (const cell of cells ?? [...this.#bitmaps.keys()]) {
      this.#bitmaps.get(cell)?.close();
      this.#bitmaps.delete(cell);
    }
  }

  /** Releases all but the picture on the canvas. Nothing may be called after. */
  close(): void {
    this.discard();
    this.#geometry = undefined;
    this.#context = undefined;
  }
}

function resized(width: number, height: number): ImageBitmapOptions {
  return { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' };
}

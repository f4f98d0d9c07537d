// Compresses the picture of one cell, with or without an OffscreenCanvas.
import { compressed } from '../compressed.js';

/** Quality of the cells' own images: the second lossy compression must not be visible. */
const CELL_QUALITY = 0.92;

export type CellContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A canvas in main memory whose picture can be compressed in the background. */
export class CellCanvas {
  readonly context: CellContext;
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #type: string;

  constructor(width: number, height: number, hasAlpha: boolean) {
    const options = { willReadFrequently: true, alpha: hasAlpha };
    // JPEG is compressed and decoded faster, but knows no transparency.
    this.#type = hasAlpha ? 'image/webp' : 'image/jpeg';
    if (typeof OffscreenCanvas === 'function') {
      const canvas = new OffscreenCanvas(width, height);
      this.#canvas = canvas;
      this.context = canvas.getContext('2d', options) as OffscreenCanvasRenderingContext2D;
    } else {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      this.#canvas = canvas;
      this.context = canvas.getContext('2d', options) as CanvasRenderingContext2D;
    }
  }

  /** Frees the memory, which else waits for the garbage collector. Nothing may be called after. */
  close(): void {
    this.#canvas.width = this.#canvas.height = 0;
  }

  toBlob(): Promise<Blob> {
    return compressed(this.#canvas, { type: this.#type, quality: CELL_QUALITY });
  }
}

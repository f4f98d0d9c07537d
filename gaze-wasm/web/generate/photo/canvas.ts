// Canvases that nobody sees.
import { GenerateError } from '../failure.js';
import type { Box } from '../options.js';
import type { Size } from './format.js';

export type Canvas = OffscreenCanvas | HTMLCanvasElement;
export type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

/** An empty canvas. One that is no longer needed is given back by `release`. */
export function makeCanvas({ width, height }: Size): { canvas: Canvas; context: Context } {
  // Some browsers give a worker no canvas; then all of this runs in the page.
  const canvas = typeof OffscreenCanvas === 'function' ? new OffscreenCanvas(width, height) : Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true }) as Context | null;
  if (!context) throw new GenerateError('engine', 'the browser has no memory for the picture: close other pages, or use a smaller picture');
  return { canvas, context };
}

/** Gives its memory back, which some browsers do late otherwise. */
export function release(canvas: Canvas): void {
  canvas.width = canvas.height = 0;
}

/** The part of `source`, as large as it is or half as large, which is the mean of four pixels in every browser. */
export function drawn(source: CanvasImageSource, part: Box, { width, height }: Size): { canvas: Canvas; context: Context } {
  const made = makeCanvas({ width, height });
  made.context.imageSmoothingQuality = 'low';
  made.context.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, width, height);
  return made;
}

/** The picture on a canvas as a file of this type; the browser may choose PNG instead. */
export function encoded(canvas: Canvas, type: string, quality: number): Promise<Blob> {
  if ('convertToBlob' in canvas) return canvas.convertToBlob({ type, quality });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no file was made'))), type, quality);
  });
}

// From a bitmap to the pixels that the Rust half is given.
import { GenerateError } from '../failure.js';
import type { Box } from '../options.js';
import { drawn, release } from './canvas.js';
import type { Size } from './format.js';

/** The shortest side that can show a face: see `gaze-face/src/portrait/limits.rs`. */
const MIN_SIDE = 64;

export interface Pixels extends Size {
  /** RGBA, sRGB, straight alpha. */
  data: Uint8Array<ArrayBuffer>;
}

/**
 * The pixels of a part of a bitmap, halved until its longer side is less than twice `maxSize`; the Rust half, which has a
 * better filter, does the rest. Halves are means of four pixels in every browser, where its own ways to shrink differ.
 */
export function pixelsOf(bitmap: ImageBitmap, part: Box, maxSize: number): Pixels {
  const isLarge = ({ width, height }: Size) => Math.max(width, height) >= 2 * maxSize && Math.min(width, height) >= 2 * MIN_SIDE;
  let { canvas, context } = drawn(bitmap, part, isLarge(part) ? half(part) : part);
  while (isLarge(canvas)) {
    const larger = canvas;
    ({ canvas, context } = drawn(larger, { x: 0, y: 0, width: larger.width, height: larger.height }, half(larger)));
    release(larger);
  }
  const { width, height } = canvas;
  const { data } = context.getImageData(0, 0, width, height);
  release(canvas);
  checkRead(data);
  return { width, height, data: new Uint8Array(data.buffer) };
}

function half({ width, height }: Size): Size {
  return { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
}

/** Throws where all pixels are the same: what a browser gives that has no memory for the picture, or hides it. */
function checkRead({ buffer }: Uint8ClampedArray<ArrayBuffer>): void {
  const pixels = new Uint32Array(buffer);
  if (pixels.some((pixel) => pixel !== pixels[0])) return;
  throw new GenerateError('invalid-input', 'this browser could not read the picture, or it is all one colour: try a smaller one, and allow this page to read canvases');
}

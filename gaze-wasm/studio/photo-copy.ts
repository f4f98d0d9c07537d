// Copies of a photo, upright, on canvases that phones have memory for.
import type { Box } from '../web/generate/index.js';
import { decode } from '../web/generate/photo/decode.js';

/** Longer side of what is sent, in pixels: more than the finer one is made of. */
export const SENT_SIDE = 1024;
const SENT_QUALITY = 0.95;
/** More than this, an iPhone's canvas reads as nothing. */
const MOST_PIXELS = 16_777_216;

/** A part of a photo, or all of it, no larger than `longest` pixels on its longer side. Throws a sentence. */
export async function copyOf(photo: Blob, part: Box | undefined, longest = SENT_SIDE): Promise<HTMLCanvasElement> {
  const { bitmap, size } = await decode({ data: photo });
  try {
    const shrunk = bitmap.width / size.width;
    const from = part ? { x: part.x * shrunk, y: part.y * shrunk, width: part.width * shrunk, height: part.height * shrunk } : { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    const scale = Math.min(1, longest / Math.max(from.width, from.height), Math.sqrt(MOST_PIXELS / (from.width * from.height)));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(from.width * scale));
    canvas.height = Math.max(1, Math.round(from.height * scale));
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no memory for the photo: close other pages');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, from.x, from.y, from.width, from.height, 0, 0, canvas.width, canvas.height);
    checkRead(context, canvas);
    return canvas;
  } finally {
    bitmap.close();
  }
}

/** The photo as it is sent: nothing but the picture is in it, and that as transparent as it is. */
export async function sentOf(photo: Blob, part: Box | undefined): Promise<Blob> {
  const canvas = await copyOf(photo, part);
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  const isClear = data.some((value, at) => at % 4 === 3 && value < 255);
  const packed = await new Promise<Blob | null>((resolve) => void canvas.toBlob(resolve, isClear ? 'image/png' : 'image/jpeg', SENT_QUALITY));
  canvas.width = canvas.height = 0;
  if (!packed) throw new Error('this browser could not pack the photo: close other pages');
  return packed;
}

/** Throws where all pixels are the same: what a browser gives that has no memory for the picture, or hides it. */
function checkRead(context: CanvasRenderingContext2D, { width, height }: HTMLCanvasElement): void {
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  if (pixels.every((pixel) => pixel === pixels[0])) throw new Error('this browser could not read the photo');
}

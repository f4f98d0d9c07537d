// The picture inside the file: WebP where the browser can write it, else JPEG; or the file that it came in.
import { GenerateError } from './failure.js';
import { encoded, makeCanvas, release } from './photo/canvas.js';
import type { Pixels } from './photo/pixels.js';

export interface StoredPicture {
  isWebp: boolean;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Compresses a picture; `original` is kept where it is smaller. */
export async function storedPicture(pixels: Pixels, quality: number, original: Blob | undefined): Promise<StoredPicture> {
  const { canvas, context } = makeCanvas(pixels);
  context.putImageData(new ImageData(new Uint8ClampedArray(pixels.data.buffer), pixels.width, pixels.height), 0, 0);
  try {
    let best = await encoded(canvas, 'image/webp', quality / 100);
    if (best.type !== 'image/webp') best = await encoded(canvas, 'image/jpeg', quality / 100);
    if (original && original.size < best.size) best = original;
    return { isWebp: best.type === 'image/webp', bytes: new Uint8Array(await best.arrayBuffer()) };
  } catch (cause) {
    throw new GenerateError('output', 'the browser could not compress the picture: close other pages, or use a smaller maxSize', { cause });
  } finally {
    release(canvas);
  }
}

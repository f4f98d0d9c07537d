// A compressed picture as numbers.
import { GazeError } from '../failure.js';
import { CellCanvas } from './cell-canvas.js';
import type { Size } from './shrink.js';

const PROBE_SIDE = 16;
/** How far a browser may change what it is asked for, in grey levels, before that shows. */
const LEAST_SEEN = 8;

/** The colours of an opaque picture of `size`, RGBA. Throws `decode` where it is none, or no one may see its pixels. */
export async function decodedPixels(file: Blob, size: Size): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }).catch((cause: unknown) => {
    throw new GazeError('decode', 'its picture cannot be decoded: make the file again', true, { cause });
  });
  try {
    if (bitmap.width !== size.width || bitmap.height !== size.height) {
      throw new GazeError('format', `its picture has ${bitmap.width} x ${bitmap.height} px instead of ${size.width} x ${size.height}`);
    }
    const noise = canvasNoise();
    const exact = noise > 0 ? await framePixels(bitmap).catch(() => undefined) : undefined;
    if (!exact && noise >= LEAST_SEEN) {
      throw new GazeError('decode', 'this browser hides the pixels of pictures from pages: allow this page to read canvases');
    }
    return exact ?? canvasPixels(bitmap);
  } finally {
    bitmap.close();
  }
}

function canvasPixels(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  const canvas = new CellCanvas(width, height, false);
  canvas.context.drawImage(bitmap, 0, 0);
  const { data } = canvas.context.getImageData(0, 0, width, height);
  canvas.close();
  return data;
}

/** The same without a canvas. */
async function framePixels(bitmap: ImageBitmap): Promise<Uint8ClampedArray> {
  const frame = new VideoFrame(bitmap, { timestamp: 0, alpha: 'discard' });
  try {
    const options = { format: 'RGBX' } as const;
    const pixels = new Uint8ClampedArray(bitmap.width * bitmap.height * 4);
    if (frame.allocationSize(options) !== pixels.length) throw new Error('other rows than asked for');
    await frame.copyTo(pixels, options);
    return pixels;
  } finally {
    frame.close();
  }
}

let noise: number | undefined;

/** By how many levels at most this browser changes what is read from a canvas, which some do against tracking. */
function canvasNoise(): number {
  if (noise !== undefined) return noise;
  const { context } = new CellCanvas(PROBE_SIDE, PROBE_SIDE, false);
  const probe = context.createImageData(PROBE_SIDE, PROBE_SIDE);
  probe.data.forEach((_, i) => (probe.data[i] = i % 4 === 3 ? 255 : (i * 37) % 251));
  context.putImageData(probe, 0, 0);
  const read = context.getImageData(0, 0, PROBE_SIDE, PROBE_SIDE).data;
  return (noise = probe.data.reduce((most, value, i) => Math.max(most, Math.abs(value - read[i]!)), 0));
}

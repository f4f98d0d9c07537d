// From a file to a bitmap that the browser has decoded, turned upright and brought to sRGB.
import { GenerateError } from '../failure.js';
import type { Photo } from '../protocol.js';
import { checkSize, claimedSize, HEAD_BYTES, isJpeg, MAX_FILE_BYTES, shrinkWhileReading, undecodable, type Size } from './format.js';
import { readJpeg, withoutMetadata } from './jpeg.js';

/** A picture that was read. */
export interface Decoded {
  bitmap: ImageBitmap;
  /** Size of the upright picture, which the bitmap may be a smaller copy of. */
  size: Size;
  /** The file as it came, without what is said about the picture, where that decodes to the bitmap. */
  original: Blob | undefined;
}

/** Reads a picture. Throws an `invalid-input`. */
export async function decode({ data, size }: Photo): Promise<Decoded> {
  if (!(data instanceof Blob)) return { bitmap: data, size: size ?? { width: data.width, height: data.height }, original: undefined };
  if (data.size > MAX_FILE_BYTES) throw invalid(`the file is larger than ${MAX_FILE_BYTES >> 20} MiB: save the picture smaller`);
  const head = await bytesOf(data.slice(0, HEAD_BYTES));
  if (!head.length) throw invalid('the file is empty: use a picture (JPEG, PNG, WebP, GIF and BMP are read)');
  const bytes = isJpeg(head) ? await bytesOf(data) : undefined;
  const jpeg = bytes && readJpeg(bytes);
  if (jpeg && !jpeg.isComplete) throw invalid(undecodable(head));
  const claimed = jpeg ? jpeg.size : claimedSize(head);
  if (claimed) checkSize(claimed);
  const bitmap = await bitmapOf(data, head, claimed && jpeg && jpeg.orientation > 4 ? sideways(claimed) : claimed);
  const isOriginal = bytes && jpeg?.isPlain && jpeg.orientation === 1;
  return { bitmap, size: upright(bitmap, claimed), original: isOriginal ? withoutMetadata(bytes, jpeg) : undefined };
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw invalid('the file can no longer be read: choose it again', cause);
  }
}

async function bitmapOf(file: Blob, head: Uint8Array, claimed: Size | undefined): Promise<ImageBitmap> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', ...(claimed && shrinkWhileReading(claimed)) });
  } catch (cause) {
    throw invalid(undecodable(head), cause);
  }
  try {
    checkSize(bitmap);
  } catch (thrown) {
    bitmap.close();
    throw thrown;
  }
  return bitmap;
}

/** The size of the whole picture whose bitmap this is. */
function upright(bitmap: ImageBitmap, claimed: Size | undefined): Size {
  const { width, height } = bitmap;
  if (!claimed || width * height >= claimed.width * claimed.height) return { width, height };
  return width > height === claimed.width > claimed.height ? claimed : sideways(claimed);
}

function sideways({ width, height }: Size): Size {
  return { width: height, height: width };
}

function invalid(message: string, cause?: unknown): GenerateError {
  return new GenerateError('invalid-input', message, { cause });
}

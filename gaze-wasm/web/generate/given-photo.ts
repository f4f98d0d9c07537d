// From what a page gives to what a worker can read.
import { download, fileName } from './download.js';
import { GenerateError } from './failure.js';
import type { GenerateProgress, PhotoSource } from './options.js';
import { makeCanvas } from './photo/canvas.js';
import { checkSize, MAX_FILE_BYTES, shrinkWhileReading } from './photo/format.js';
import type { Photo } from './protocol.js';

type ShownPhoto = Exclude<PhotoSource, Blob | string | URL>;

/** A file as it is; whatever shows a picture, as a bitmap of its own; an address is fetched. */
export async function photoOf(source: PhotoSource, signal: AbortSignal, report: (progress: GenerateProgress) => void): Promise<Photo> {
  if (source instanceof Blob) return { data: source };
  if (typeof source === 'string' || source instanceof URL) return { data: await fetched(source, signal, report) };
  const kinds = ['HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'ImageBitmap', 'ImageData'] as const;
  if (kinds.some((kind) => kind in globalThis && source instanceof globalThis[kind])) return shown(source);
  throw new GenerateError('invalid-option', 'the source is no picture: use a file, a blob, an image, a canvas, pixels or an address');
}

async function fetched(address: string | URL, signal: AbortSignal, report: (progress: GenerateProgress) => void): Promise<Blob> {
  let url: string;
  try {
    url = new URL(address, document.baseURI).href;
  } catch (cause) {
    throw new GenerateError('invalid-option', `${String(address)} is no address: use that of a picture, or a file`, { cause });
  }
  const { bytes, isCut } = await download(url, {
    name: fileName(url),
    signal,
    limit: MAX_FILE_BYTES,
    onBytes: (loaded, total) => report({ stage: 'reading', loaded, total: total && Math.max(loaded, total) }),
  });
  if (isCut) throw new GenerateError('invalid-input', `the file is larger than ${MAX_FILE_BYTES >> 20} MiB: save the picture smaller`);
  return new Blob([bytes]);
}

async function shown(source: ShownPhoto): Promise<Photo> {
  const isImage = source instanceof HTMLImageElement;
  if (isImage) {
    await source.decode().catch((cause: unknown) => {
      throw new GenerateError('invalid-input', 'the image shows no picture: give it one that can be loaded', { cause });
    });
  }
  const size = isImage ? { width: source.naturalWidth, height: source.naturalHeight } : { width: source.width, height: source.height };
  checkSize(size);
  try {
    const data = await createImageBitmap(source, shrinkWhileReading(size));
    checkReadable(data);
    return { data, size };
  } catch (cause) {
    const isForeign = cause instanceof DOMException && cause.name === 'SecurityError';
    const message = isForeign
      ? 'the picture comes from another site, which does not let this page read it: load it with crossorigin="anonymous", and have it served with CORS headers'
      : 'there is no picture to read: wait until it is drawn, and do not close it';
    throw new GenerateError('invalid-input', message, { cause });
  }
}

/** Throws a `SecurityError` where the page may show a picture but not read it. */
function checkReadable(bitmap: ImageBitmap): void {
  const { context } = makeCanvas({ width: 1, height: 1 });
  context.drawImage(bitmap, 0, 0);
  try {
    context.getImageData(0, 0, 1, 1);
  } catch (thrown) {
    bitmap.close();
    throw thrown;
  }
}

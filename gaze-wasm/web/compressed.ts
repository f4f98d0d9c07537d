// The picture on a canvas as a file, compressed in the background.
import { GazeError } from './failure.js';

export async function compressed(canvas: HTMLCanvasElement | OffscreenCanvas, options: ImageEncodeOptions): Promise<Blob> {
  if ('convertToBlob' in canvas) return canvas.convertToBlob(options);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new GazeError('decode', 'a picture could not be compressed: the browser is out of memory'))),
      options.type,
      options.quality,
    );
  });
}

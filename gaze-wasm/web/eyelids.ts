// Lays closed eyes over a face of frames: patches of the strip that its pack has of them, mixed and put where the eyes are.
import { CellCanvas } from './source/cell-canvas.js';

/** What `blinkPatches` gives: how far they cover the frame, then for each eye left, top, width and height of its patch in the
 * frame, and of each of these layers its left and top in the strip and its weight. */
const LAYERS = 8;
const EYE_NUMBERS = 4 + 3 * LAYERS;

export class Eyelids {
  readonly #strip: ImageBitmap;
  readonly #shrink: number;
  /** Where a patch is mixed. */
  #mixer: CellCanvas | undefined;

  /** Decodes a strip for a canvas whose sides are the frame's divided by `shrink`. Rejects where it is damaged. */
  static async decode(strip: Blob, shrink: number): Promise<Eyelids> {
    return new Eyelids(await createImageBitmap(strip), shrink);
  }

  private constructor(strip: ImageBitmap, shrink: number) {
    this.#strip = strip;
    this.#shrink = shrink;
  }

  draw(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, patches: Float64Array): void {
    for (let at = 1; at < patches.length; at += EYE_NUMBERS) {
      const [left, top, width, height] = patches.subarray(at, at + 4) as unknown as [number, number, number, number];
      // All patches have about the size of the first.
      this.#mixer ??= new CellCanvas(2 * width, 2 * height, true);
      const mixer = this.#mixer.context;
      mixer.globalCompositeOperation = 'copy';
      for (let layer = 0; layer < LAYERS; layer++) {
        const [x, y, weight] = patches.subarray(at + 4 + 3 * layer) as unknown as [number, number, number];
        if (!weight) continue;
        mixer.globalAlpha = weight;
        mixer.drawImage(this.#strip, x, y, width, height, 0, 0, width, height);
        // A weighted sum of premultiplied colours: what is transparent in one adds nothing.
        mixer.globalCompositeOperation = 'lighter';
      }
      context.globalCompositeOperation = 'source-over';
      context.globalAlpha = patches[0]!;
      const shrink = this.#shrink;
      context.drawImage(mixer.canvas, 0, 0, width, height, left / shrink, top / shrink, width / shrink, height / shrink);
    }
  }

  close(): void {
    this.#strip.close();
    this.#mixer?.close();
  }
}

// Lays closed eyes over a face of frames: patches of the strip that its pack has of them, mixed and put where the eyes are.
// docs/pack-format.md specifies the section, `BLNK`.
import { CellCanvas } from './source/cell-canvas.js';

/** Where a face looks, -1 to 1, and how far its eyes are closed, 0 to 1. */
export type Lids = readonly [x: number, y: number, closing: number];

const VERSION = 1;
/** Numbers before the corners, 2 bytes each; bytes of the longest layout, and of what says how large a picture is. */
const HEAD = 6;
const LONGEST = 660;
const IMAGE_HEAD = 30;
const STRIP_MAX_AREA = 1 << 24;

/** The share that what is at a whole number has of what lies at `at`. */
const share = (number: number, at: number) => Math.max(1 - Math.abs(number - at), 0);

export class Eyelids {
  readonly #strip: ImageBitmap;
  readonly #shrink: number;
  readonly #number: (index: number) => number;
  /** Where a patch is mixed. */
  readonly #mixer: CellCanvas;

  /** Decodes a section for a canvas whose sides are the frame's divided by `shrink`. Rejects where it is damaged. */
  static async decode(section: Blob, shrink: number, webpSize: (start: Uint8Array) => Uint32Array | undefined): Promise<Eyelids> {
    const view = new DataView(await section.slice(0, LONGEST + IMAGE_HEAD).arrayBuffer());
    const number = (index: number) => view.getUint16(2 * index, true);
    const poses = number(1) ** 2;
    const start = 2 * HEAD + 4 * poses * number(3);
    // Before it is decoded: a small file may claim a picture that fills the memory.
    const [width, height] = webpSize(new Uint8Array(view.buffer, start)) ?? [];
    if (number(0) !== VERSION || width !== number(2) * number(3) * number(4) || height !== poses * number(5) || width * height > STRIP_MAX_AREA) {
      throw new Error('no closed eyes of this version');
    }
    return new Eyelids(await createImageBitmap(section.slice(start, undefined, 'image/webp')), shrink, number);
  }

  private constructor(strip: ImageBitmap, shrink: number, number: (index: number) => number) {
    this.#strip = strip;
    this.#shrink = shrink;
    this.#number = number;
    this.#mixer = new CellCanvas(number(4), number(5), true);
  }

  draw(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, [x, y, closing]: Lids): void {
    const [side, stages, eyes, width, height] = [1, 2, 3, 4, 5].map(this.#number) as [number, number, number, number, number];
    const mixer = this.#mixer.context;
    const col = ((x + 1) / 2) * (side - 1);
    const row = ((y + 1) / 2) * (side - 1);
    // What comes before the first stage is that one, fading in.
    const stage = Math.max(closing * stages - 1, 0);
    context.globalCompositeOperation = 'source-over';
    context.globalAlpha = Math.min(closing * stages, 1);
    for (let eye = 0; eye < eyes; eye++) {
      let left = 0;
      let top = 0;
      mixer.globalCompositeOperation = 'copy';
      for (let pose = 0; pose < side ** 2; pose++) {
        const weight = share(pose % side, col) * share(Math.floor(pose / side), row);
        const corner = HEAD + 2 * (pose * eyes + eye);
        left += (weight * this.#number(corner)) / 4;
        top += (weight * this.#number(corner + 1)) / 4;
        for (let i = 0; i < stages; i++) {
          mixer.globalAlpha = weight * share(i, stage);
          if (!mixer.globalAlpha) continue;
          mixer.drawImage(this.#strip, (i * eyes + eye) * width, pose * height, width, height, 0, 0, width, height);
          // A weighted sum of premultiplied colours: what is transparent in one adds nothing.
          mixer.globalCompositeOperation = 'lighter';
        }
      }
      const shrink = this.#shrink;
      context.drawImage(mixer.canvas, left / shrink, top / shrink, width / shrink, height / shrink);
    }
  }

  close(): void {
    this.#strip.close();
    this.#mixer.close();
  }
}

// A photo, and what came of it.
import { stillOf, type Still } from './hanging.js';
import type { GeneratedFace, Wishes } from './making.js';
import { positionOf, type Position } from './snippet.js';

/** A face that was made. */
export interface Made {
  face: GeneratedFace;
  /** What it was made by. */
  wishes: Wishes;
  /** From the wish to the first frame. */
  seconds: number;
  /** The page that shows it, as a file. */
  page: Blob;
}

export class Work {
  /** The photo as it can be shown. */
  readonly still: Promise<Still | undefined>;
  wishes: Wishes = { crop: 'none', background: 'kept', eyes: 'auto', face: 'largest' };
  made: Made | undefined;
  #photoWidth: number | undefined;

  constructor(readonly photo: Blob) {
    this.still = stillOf(photo);
    void this.still.then((still) => {
      this.#photoWidth = still?.width;
    });
  }

  /** Where the portrait lies in a square that it fills, so that its face is seen. */
  get position(): Position {
    const face = this.made?.face;
    const box = face?.faces[face.face];
    if (!face || !box) return '50% 50%';
    const kept = face.crop ?? { x: 0, y: 0, width: this.#photoWidth ?? face.width };
    const scale = face.width / kept.width;
    const [x, y] = [(box.x + box.width / 2 - kept.x) * scale, (box.y + box.height / 2 - kept.y) * scale];
    return positionOf({ width: face.width, height: face.height, x, y });
  }
}

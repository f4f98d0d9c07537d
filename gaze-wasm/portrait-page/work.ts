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
}

export class Work<M extends Made = Made> {
  /** The photo as it can be shown. */
  readonly still: Promise<Still | undefined>;
  wishes: Wishes = { crop: 'none', background: 'kept', eyes: 'auto', face: 'largest' };
  made: M | undefined;
  #photoWidth: number | undefined;

  constructor(readonly photo: Blob) {
    this.still = stillOf(photo);
    void this.still.then((still) => {
      this.#photoWidth = still?.width;
    });
  }

  /** Where the portrait lies in a square that it fills, so that its face is seen. */
  get position(): Position {
    return this.made ? positionIn(this.made.face, this.#photoWidth) : '50% 50%';
  }
}

/** Where a face that was made of a picture of this width lies in a square. */
export function positionIn(face: GeneratedFace, pictureWidth = face.width): Position {
  const middle = middleIn(face, pictureWidth);
  return middle ? positionOf({ width: face.width, height: face.height, ...middle }) : '50% 50%';
}

/** The middle of the face, in pixels of the portrait that was made of a picture of this width. */
export function middleIn(face: GeneratedFace, pictureWidth: number): { x: number; y: number } | undefined {
  const box = face.faces[face.face];
  if (!box) return undefined;
  return placeIn(face, pictureWidth, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
}

/** A point of the picture of this width in pixels of the portrait that was made of it. */
export function placeIn(face: GeneratedFace, pictureWidth: number, { x, y }: { x: number; y: number }): { x: number; y: number } {
  const kept = face.crop ?? { x: 0, y: 0, width: pictureWidth };
  const scale = face.width / kept.width;
  return { x: (x - kept.x) * scale, y: (y - kept.y) * scale };
}

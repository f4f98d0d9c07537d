// What of a picture is kept around a face.
import type { Box } from './options.js';
import type { Size } from './photo/format.js';

/** A face as it was found: the box of its mesh, from brow to chin and ear to ear, and how far it is turned. */
export interface FoundFace extends Box {
  /** Clockwise as seen, in degrees. */
  roll: number;
}

/** Room around the box, in longer sides of it. Above lies the forehead with the hair. */
const ROOM = {
  head: { above: 0.8, below: 0.45, beside: 0.55 },
  bust: { above: 0.85, below: 1.9, beside: 1.4 },
} as const;

/**
 * The part of a picture, in whole pixels, that shows a face's head, or its head and chest: in proportion to the face, with
 * room for its motion, as far as the picture goes; none where that is all of it. A face that lies on its side or upside
 * down is cropped as it lies.
 */
export function cropAround(face: FoundFace, which: 'head' | 'bust', picture: Size): Box | undefined {
  const unit = Math.max(face.width, face.height);
  const { above, below, beside } = ROOM[which];
  const turns = ((Math.round(face.roll / 90) % 4) + 4) % 4;
  // Clockwise from the top; turned along with the face.
  const room = [above, beside, below, beside];
  const [top, right, bottom, left] = room.map((_, side) => room[(side - turns + 4) % 4]! * unit) as [number, number, number, number];
  // Most faces are higher than wide: beside them there is as much room again.
  const [wider, higher] = [(unit - face.width) / 2, (unit - face.height) / 2];
  const from = [Math.max(Math.floor(face.x - wider - left), 0), Math.max(Math.floor(face.y - higher - top), 0)] as const;
  const to = [
    Math.min(Math.ceil(face.x + face.width + wider + right), picture.width),
    Math.min(Math.ceil(face.y + face.height + higher + bottom), picture.height),
  ] as const;
  const [width, height] = [to[0] - from[0], to[1] - from[1]];
  return width === picture.width && height === picture.height ? undefined : { x: from[0], y: from[1], width, height };
}

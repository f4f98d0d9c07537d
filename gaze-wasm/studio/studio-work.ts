// A photo, the part of it that is kept, and what came of it.
import type { Still } from '../portrait-page/hanging.js';
import type { GeneratedFace } from '../portrait-page/making.js';
import { middleIn, placeIn, positionIn, Work } from '../portrait-page/work.js';
import type { Box, PhotoSource, Point } from '../web/generate/index.js';
import { copyOf, SENT_SIDE } from './photo-copy.js';
import { newKey, type Entry } from './shelf.js';

export class StudioWork extends Work {
  /** What of the photo is kept, in its pixels: chosen by the visitor. */
  #part: Box | undefined;
  #copy: Promise<HTMLCanvasElement> | undefined;
  /** A closer look was offered, and what the visitor thought of it is known. */
  isWholeWished = false;

  get part(): Box | undefined {
    return this.#part;
  }

  /** Keeps a part of the photo; its face is the one in the middle of `face`, in the photo's pixels, or else the largest. */
  keep(part: Box, face: Box | undefined): void {
    this.#part = part;
    this.#copy = copyOf(this.photo, part);
    this.#copy.catch(() => undefined);
    const scale = Math.min(1, SENT_SIDE / Math.max(part.width, part.height));
    const choice = this.wishes.face;
    if (typeof choice === 'object' && 'eyes' in choice) {
      const inPart = ({ x, y }: Point) => ({ x: clamp((x - part.x) * scale, part.width * scale), y: clamp((y - part.y) * scale, part.height * scale) });
      this.wishes = { ...this.wishes, face: { eyes: [inPart(choice.eyes[0]), inPart(choice.eyes[1])] } };
      return;
    }
    const middle = face && { x: (face.x + face.width / 2 - part.x) * scale, y: (face.y + face.height / 2 - part.y) * scale };
    const isInside = middle && middle.x > 0 && middle.y > 0 && middle.x < part.width * scale && middle.y < part.height * scale;
    this.wishes = { ...this.wishes, face: isInside ? middle : 'largest' };
  }

  /** What the face is made of. */
  async source(): Promise<PhotoSource> {
    return (await this.#copy) ?? this.photo;
  }

  /** What is shown until the face is there. */
  async shown(): Promise<Still | undefined> {
    const copy = await this.#copy?.catch(() => undefined);
    if (!copy) return this.still;
    // The face is made of the other one.
    const element = document.createElement('canvas');
    [element.width, element.height] = [copy.width, copy.height];
    element.getContext('2d')?.drawImage(copy, 0, 0);
    return { element, width: copy.width, height: copy.height };
  }

  /** The face that was made, as it is to be remembered. */
  async entry(): Promise<Entry> {
    const { face, wishes } = this.made!;
    return { key: newKey(), day: Date.now(), width: face.width, height: face.height, isCut: wishes.background === 'removed', isIdle: true, ...(await this.#place(face)) };
  }

  /** Where the portrait lies in a square, and where its face is, as shares of its size. */
  async #place(face: GeneratedFace): Promise<Pick<Entry, 'position' | 'face' | 'eyes'>> {
    const width = (await this.#copy)?.width ?? (await this.still)?.width ?? face.width;
    const middle = middleIn(face, width);
    const position = positionIn(face, width);
    if (!middle) return { position };
    const shares = ({ x, y }: { x: number; y: number }) => [x / face.width, y / face.height] as [number, number];
    const choice = this.made?.wishes.face;
    if (typeof choice !== 'object' || !('eyes' in choice)) return { position, face: shares(middle) };
    const [a, b] = choice.eyes.map((eye) => shares(placeIn(face, width, eye))) as [[number, number], [number, number]];
    return { position, face: shares(middle), eyes: [...a, ...b] };
  }
}

function clamp(place: number, length: number): number {
  return Math.min(Math.max(place, 0), length - 1);
}

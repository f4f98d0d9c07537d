// Where an element lies on screen, whatever transforms and zooms it.
import { flatAncestors } from './flat-tree.js';
import type { Size } from './source/shrink.js';

/** A point in the viewport, in CSS pixels. */
export interface Point {
  x: number;
  y: number;
}

/** The picture's own right and down on screen, as vectors of length 1: right x, right y, down x, down y. */
export type Axes = readonly [number, number, number, number];

export interface Place extends Point, Size {
  /** The middle, in CSS pixels of the viewport. */
  readonly x: number;
  readonly y: number;
  /** Of the sides as they are on screen, in device pixels. */
  readonly width: number;
  readonly height: number;
  /** None where it stands upright. */
  readonly axes: Axes | undefined;
}

/** Cosine of a turn that is rounding. */
const UPRIGHT = 0.999_999;
/** Top left, top right, bottom left, bottom right, and the middle. */
const INSETS = ['0 100% 100% 0', '0 0 100% 100%', '100% 100% 0 0', '100% 0 0 100%', '50%'];

/** Points of no size in the corners of an element and in its middle: the only thing whose place every engine gives through
 * any transform. Of all else it gives the box around. */
export class Corners {
  readonly #host: Element;
  readonly #points: readonly HTMLElement[];

  constructor(host: Element, root: ShadowRoot) {
    this.#host = host;
    this.#points = INSETS.map((inset) => {
      const point = document.createElement('i');
      Object.assign(point.style, { position: 'absolute', inset });
      return point;
    });
    root.append(...this.#points);
  }

  /** Reads the place; changes nothing, so that many can be read in one layout. */
  measure(): Place {
    const zoom = missingZoom(this.#host);
    const [p, q, r, s, { x, y }] = this.#points.map((point) => boxOf(point, zoom)) as readonly Point[] as readonly [Point, Point, Point, Point, Point];
    const { devicePixelRatio, visualViewport } = viewOf(this.#host);
    const [rightX, rightY, width] = span(p, q, r, s);
    const [downX, downY, height] = span(p, r, q, s);
    // Without what rounding adds.
    const pixels = (length: number) => Math.round(length * devicePixelRatio * (visualViewport?.scale ?? 1) * 16) / 16;
    return {
      x,
      y,
      width: pixels(width),
      height: pixels(height),
      // Without a side, as where it is seen from its edge, nothing can be said.
      axes: rightX < UPRIGHT || downY < UPRIGHT ? [rightX, rightY, downX, downY] : undefined,
    };
  }
}

/** An element's box on screen, in CSS pixels of its viewport. */
export function boxOf(element: Element, zoom = missingZoom(element)): DOMRect {
  const { x, y, width, height } = element.getBoundingClientRect();
  return new DOMRect(x * zoom, y * zoom, width * zoom, height * zoom);
}

/** Where the viewport that an element is in begins, as seen from the outermost window that may be asked. */
export function originOf(element: Element): Point {
  const frame = viewOf(element).frameElement;
  if (!frame) return { x: 0, y: 0 };
  const [box, { x, y }] = [boxOf(frame), originOf(frame)];
  return { x: x + box.x + frame.clientLeft, y: y + box.y + frame.clientTop };
}

/** The window that a document or something in it is shown in. */
export function viewOf(node: Node): Window & typeof globalThis {
  return (node.ownerDocument ?? (node as Document)).defaultView ?? window;
}

/** Of whichever window. */
export function isElement(node: object | undefined): node is Element {
  return (node as Partial<Node> | undefined)?.nodeType === 1;
}

/** What the rectangles of an element must be multiplied by: engines without `currentCSSZoom` give them in pixels that are
 * zoomed as the element is. */
function missingZoom(element: Element): number {
  let zoom = 1;
  if (!('currentCSSZoom' in element)) {
    for (const node of flatAncestors(element)) zoom *= (isElement(node) && Number(getComputedStyle(node).zoom)) || 1;
  }
  return zoom;
}

/** Direction and length of two opposite sides, a to b and c to d: the mean where perspective makes them different. */
function span(a: Point, b: Point, c: Point, d: Point): [number, number, number] {
  const [x, y] = [b.x - a.x + d.x - c.x, b.y - a.y + d.y - c.y];
  const length = Math.hypot(x, y);
  return [x / length, y / length, length / 2];
}

// Where an element lies on screen, whatever transforms and zooms it.
import { flatAncestors } from './flat-tree.js';
import type { Size } from './source/shrink.js';
import type { Point } from './steering.js';

/** The picture's own right and down on screen, as vectors of length 1: right x, right y, down x, down y. */
export type Axes = readonly [number, number, number, number];

export interface Place {
  /** The middle, in CSS pixels of the viewport. */
  readonly centre: Point;
  /** As large as the sides are on screen, in device pixels. */
  readonly shown: Size;
  /** None where it stands upright. */
  readonly axes: Axes | undefined;
}

/** Turns by less than this are rounding, in radians. */
const UPRIGHT = 1e-3;

/** Four points of no size in the corners of an element: the only thing whose place every engine gives through any
 * transform. Of all else it gives the box around. */
export class Corners {
  readonly #host: Element;
  /** Top left, top right, bottom left, bottom right. */
  readonly #points: readonly HTMLElement[];

  constructor(host: Element, root: ShadowRoot) {
    this.#host = host;
    this.#points = ['0 100% 100% 0', '0 0 100% 100%', '100% 100% 0 0', '100% 0 0 100%'].map((inset) => {
      const point = document.createElement('i');
      Object.assign(point.style, { position: 'absolute', inset });
      return point;
    });
    root.append(...this.#points);
  }

  /** Reads the place; changes nothing, so that many can be read in one layout. */
  measure(): Place {
    const zoom = missingZoom(this.#host);
    const [p, q, r, s] = this.#points.map((point) => boxOf(point, zoom)) as readonly Point[] as readonly [Point, Point, Point, Point];
    const view = viewOf(this.#host);
    const pixels = view.devicePixelRatio * (view.visualViewport?.scale ?? 1);
    // Of two that perspective makes different, the longer; without what rounding adds.
    const side = (a: Point, b: Point, c: Point, d: Point) => Math.round(Math.max(distance(a, b), distance(c, d)) * pixels * 16) / 16;
    return { centre: crossing(p, s, q, r), shown: { width: side(p, q, r, s), height: side(p, r, q, s) }, axes: axesOf(p, q, r, s) };
  }
}

/** An element's box on screen, in CSS pixels of its viewport. */
export function boxOf(element: Element, zoom = missingZoom(element)): DOMRect {
  const { x, y, width, height } = element.getBoundingClientRect();
  return new DOMRect(x * zoom, y * zoom, width * zoom, height * zoom);
}

/** The window that a document or something in it is shown in. */
export function viewOf(node: Node): Window & typeof globalThis {
  return (node.ownerDocument ?? (node as Document)).defaultView ?? window;
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

/** Of whichever window. */
export function isElement(node: object | undefined): node is Element {
  return (node as Partial<Node> | undefined)?.nodeType === 1;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** Where the line from a to b crosses that from c to d; half-way where they do not. */
function crossing(a: Point, b: Point, c: Point, d: Point): Point {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const [otherX, otherY] = [d.x - c.x, d.y - c.y];
  const share = ((c.x - a.x) * otherY - (c.y - a.y) * otherX) / (x * otherY - y * otherX);
  const at = share > 0 && share < 1 ? share : 0.5;
  return { x: a.x + x * at, y: a.y + y * at };
}

/** The turn, and the reflection, that comes nearest to how the corners lie: what is left of it without stretching. */
function axesOf(p: Point, q: Point, r: Point, s: Point): Axes | undefined {
  const [rightX, rightY] = [q.x - p.x + s.x - r.x, q.y - p.y + s.y - r.y];
  const [downX, downY] = [r.x - p.x + s.x - q.x, r.y - p.y + s.y - q.y];
  const side = rightX * downY < downX * rightY ? -1 : 1;
  const [along, across] = [rightX + side * downY, rightY - side * downX];
  const length = Math.hypot(along, across);
  const [cosine, sine] = [along / length, across / length];
  // Not so either where there is no length: turned to its edge, say.
  return side < 0 || cosine < 0 || Math.abs(sine) > UPRIGHT ? [cosine, sine, -side * sine, side * cosine] : undefined;
}

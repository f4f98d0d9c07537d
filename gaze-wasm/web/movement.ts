// Notices that an element moves on screen, whatever moves it, and follows it while it does. At rest it waits for the
// browser's word.
import { flatAncestors } from './flat-tree.js';
import { boxOf, viewOf } from './geometry.js';
import { listen, MOVING_EVENTS } from './viewport.js';

/** Frames without a move after which it is at rest: animations may start slowly. */
const STILL_FRAMES = 10;
/** Every hundredth of an element that comes into sight or leaves it. */
const SHARES = Array.from({ length: 101 }, (_, i) => i / 100);

export class Movement {
  readonly #element: Element;
  readonly #where: () => unknown;
  readonly #onMove: () => void;
  readonly #view: Window & typeof globalThis;
  readonly #sizes: ResizeObserver;
  readonly #trees = new AbortController();
  #was: string | undefined;
  #observer: IntersectionObserver | undefined;
  /** The next frame, while it moves. */
  #frame = 0;

  /** Calls `onMove` when what `where` gives has changed, until `stop`. */
  constructor(element: Element, where: () => unknown, onMove: () => void) {
    this.#element = element;
    this.#where = where;
    this.#onMove = onMove;
    this.#view = viewOf(element);
    this.#sizes = new this.#view.ResizeObserver(() => this.#check());
    this.#sizes.observe(element);
    // What scrolls or is animated inside a shadow tree is not heard of outside.
    for (const node of flatAncestors(element)) {
      if (node.nodeType === Node.DOCUMENT_FRAGMENT_NODE) listen(node, MOVING_EVENTS, () => this.follow(), this.#trees);
    }
    this.#wait();
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#sizes.disconnect();
    this.#trees.abort();
    this.#view.cancelAnimationFrame(this.#frame);
  }

  /** Whether it has moved since it was asked last. */
  #check(): boolean {
    const now = JSON.stringify(this.#where());
    if (now === this.#was) return false;
    this.#was = now;
    this.#onMove();
    return true;
  }

  /** Something may move it: looks every frame until it is at rest. */
  follow(still = 0): void {
    this.#view.cancelAnimationFrame(this.#frame);
    if (still > STILL_FRAMES) this.#wait();
    else this.#frame = this.#view.requestAnimationFrame(() => this.follow(this.#check() ? 0 : still + 1));
  }

  /** Has the browser tell when the element leaves the place where it is now. */
  #wait(): void {
    this.#observer?.disconnect();
    const { ownerDocument: root } = this.#element;
    const { clientWidth, clientHeight } = root.documentElement;
    const { top, right, bottom, left } = boxOf(this.#element);
    const isDisplayed = this.#element.getClientRects().length;
    // One that is not displayed may appear anywhere.
    const margins = [top, clientWidth - right, clientHeight - bottom, left].map((space) => `${isDisplayed ? -Math.floor(space) : 99999}px`);
    let isFirst = true;
    this.#observer = new this.#view.IntersectionObserver(() => {
      if (this.#check() || !isFirst) this.follow();
      isFirst = false;
    }, { root, rootMargin: margins.join(' '), threshold: SHARES });
    this.#observer.observe(this.#element);
  }
}

// Whether an element can be seen, or will be soon.
import { viewOf } from './geometry.js';

/** What is nearer to the visible part of the page than this is loaded, in CSS pixels: half a second of fast scrolling. */
const NEAR_PX = 1250;

export class Sight {
  readonly #host: Element;
  readonly #onChange: () => void;
  #observers: IntersectionObserver[] = [];
  #isVisible = false;
  #isNear = false;

  /** Calls `onChange` when one of the two has changed. */
  constructor(host: Element, onChange: () => void) {
    this.#host = host;
    this.#onChange = onChange;
  }

  /** Whether a part of the element is in the visible part of the page. */
  get isVisible(): boolean {
    return this.#isVisible;
  }

  /** Whether it is worth loading: it is displayed, and in what is seen of the page or not far from it. */
  get isNear(): boolean {
    return this.#isNear || this.#isVisible || this.#isNearNow();
  }

  /** Watches from now on. */
  start(): void {
    this.stop();
    // A DOM that is no browser's shows nothing.
    if (!globalThis.IntersectionObserver) return;
    const watch = (margin: number, onSeen: (isSeen: boolean) => void) => {
      const observer = new (viewOf(this.#host).IntersectionObserver)((entries) => {
        onSeen(entries.at(-1)?.isIntersecting ?? false);
        this.#onChange();
      }, { rootMargin: `${margin}px`, scrollMargin: `${margin}px` } as IntersectionObserverInit);
      observer.observe(this.#host);
      return observer;
    };
    this.#observers = [
      watch(0, (isSeen) => (this.#isVisible = isSeen)),
      watch(NEAR_PX, (isSeen) => (this.#isNear = isSeen)),
    ];
  }

  stop(): void {
    for (const observer of this.#observers.splice(0)) observer.disconnect();
    this.#isVisible = this.#isNear = false;
  }

  /** Observers answer a frame later, which is too late to begin to load what is in sight from the start. */
  #isNearNow(): boolean {
    const box = this.#host.getClientRects()[0];
    const view = this.#host.ownerDocument.defaultView;
    return !!box?.width && !!view && box.bottom > -NEAR_PX && box.top < view.innerHeight + NEAR_PX && box.right > -NEAR_PX && box.left < view.innerWidth + NEAR_PX;
  }
}

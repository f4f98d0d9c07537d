// What all elements in one window share: the last place of its pointer, and one set of listeners for whatever moves them.
import { viewOf } from './geometry.js';
import type { Point } from './steering.js';

/** Without word of it for this long, a pointer that has left the page is gone, in milliseconds. */
const GONE_AFTER_MS = 1000;
/** They keep the events of a pointer to themselves. */
const FRAMES = 'iframe,frame,object,embed';

const POINTER_EVENTS = ['pointermove', 'pointerdown', 'pointerover', 'pointerout', 'dragover', 'dragleave'];
/** What may move an element that nobody touches. */
export const MOVING_EVENTS = ['scroll', 'resize', 'transitionstart', 'transitionend', 'animationstart', 'animationend'];

/** Is told of fingers, of moves of the pointer, and of whatever may move elements. */
export type Onlooker = (event: Event) => void;

const viewports = new WeakMap<Window, Viewport>();

export class Viewport {
  /** How often the pointer has moved. */
  moves = 0;
  readonly #view: Window;
  /** Of the elements that are there, also those out of sight: the pointer must be known once they can follow it. */
  readonly #onlookers = new Set<Onlooker>();
  /** In device pixels from the corner of what is seen: that stays when the page is zoomed. */
  #pointer: Point | undefined;
  /** As it was reported. */
  #last = '';
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #listening: AbortController | undefined;

  private constructor(view: Window) {
    this.#view = view;
  }

  /** That of the window which an element is in. */
  static of(element: Element): Viewport {
    const view = viewOf(element);
    const viewport = viewports.get(view) ?? new Viewport(view);
    viewports.set(view, viewport);
    return viewport;
  }

  /** Where the pointer is, in CSS pixels; undefined where it is gone. */
  get pointer(): Point | undefined {
    const [left, top, pixels] = this.#seen();
    return this.#pointer && { x: this.#pointer.x / pixels + left, y: this.#pointer.y / pixels + top };
  }

  enter(onlooker: Onlooker): void {
    this.#onlookers.add(onlooker);
    if (this.#listening) return;
    const view = this.#view;
    this.#listening = new AbortController();
    listen(view, POINTER_EVENTS, this.#note as Onlooker, this.#listening);
    for (const target of [view, view.visualViewport]) listen(target, MOVING_EVENTS, this.#tell, this.#listening);
  }

  leave(onlooker: Onlooker): void {
    this.#onlookers.delete(onlooker);
    // One that is moved enters again at once.
    queueMicrotask(() => {
      if (this.#onlookers.size) return;
      this.#listening?.abort();
      this.#listening = undefined;
      this.#forget();
    });
  }

  #forget(): void {
    clearTimeout(this.#leaving);
    this.#pointer = undefined;
    this.#last = '';
  }

  readonly #tell = (event: Event): void => {
    for (const onlooker of this.#onlookers) onlooker(event);
  };

  readonly #note = (event: PointerEvent): void => {
    const { type, pointerType, clientX, clientY } = event;
    // A finger steers only what it was put down on, and is nowhere once it is lifted.
    if (pointerType !== 'touch') {
      const leaves = /out|leave/.test(type);
      clearTimeout(this.#leaving);
      if (leaves ? !event.relatedTarget : (event.composedPath()[0] as Partial<Element>).matches?.(FRAMES)) {
        this.#leaving = setTimeout(() => {
          this.#forget();
          this.#tell(event);
        }, GONE_AFTER_MS);
      }
      const place = `${clientX} ${clientY}`;
      // Browsers send some for a pointer that rests, when what lies under it changes.
      if (leaves || place === this.#last) return;
      this.#last = place;
      this.moves++;
      const [left, top, pixels] = this.#seen();
      this.#pointer = { x: (clientX - left) * pixels, y: (clientY - top) * pixels };
    }
    this.#tell(event);
  };

  /** The corner of what is seen of the page, which fingers may have enlarged, and device pixels to a CSS pixel. */
  #seen(): [number, number, number] {
    const { visualViewport, devicePixelRatio } = this.#view;
    return [visualViewport?.offsetLeft ?? 0, visualViewport?.offsetTop ?? 0, (visualViewport?.scale ?? 1) * devicePixelRatio];
  }
}

/** Listens before the page does, so that what it stops is heard all the same. */
export function listen(target: EventTarget | null, types: readonly string[], listener: Onlooker, { signal }: AbortController): void {
  for (const type of types) target?.addEventListener(type, listener, { capture: true, passive: true, signal });
}

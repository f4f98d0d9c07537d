// What all elements in one window share: the last place of its pointer, and one set of listeners for whatever moves them.
import { isElement, viewOf, type Point } from './geometry.js';

/** Without word of it for this long, a pointer that has left the page is gone, in milliseconds. */
const GONE_AFTER_MS = 1000;
/** They keep the events of a pointer to themselves. */
const FRAMES = 'iframe,frame,object,embed';

const POINTER_EVENTS = ['pointermove', 'pointerdown', 'pointerover', 'pointerout', 'dragover'];
/** What may move an element that nobody touches. */
export const MOVING_EVENTS = ['scroll', 'resize', 'transitionstart', 'animationstart'];

/** Is told of fingers, of moves of the pointer, and of whatever may move elements. */
export type Onlooker = (event: Event) => void;

const viewports = new WeakMap<Window, Viewport>();

export class Viewport {
  /** Where the pointer is; undefined where it is gone. */
  pointer: Point | undefined;
  /** How often it has moved. */
  moves = 0;
  readonly #view: Window;
  /** Of the elements that are there, also those out of sight: the pointer must be known once they can follow it. */
  readonly #onlookers = new Set<Onlooker>();
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

  enter(onlooker: Onlooker): void {
    this.#onlookers.add(onlooker);
    if (this.#listening) return;
    this.#listening = new AbortController();
    for (const target of [this.#view, this.#view.visualViewport]) listen(target, [...POINTER_EVENTS, ...MOVING_EVENTS], this.#hear, this.#listening);
  }

  leave(onlooker: Onlooker): void {
    this.#onlookers.delete(onlooker);
    // One that is moved enters again at once.
    queueMicrotask(() => {
      if (this.#onlookers.size) return;
      this.#listening?.abort();
      clearTimeout(this.#leaving);
      this.#listening = this.pointer = undefined;
    });
  }

  readonly #hear = (event: Event): void => {
    const { pointerType, clientX: x, clientY: y, type, relatedTarget } = event as PointerEvent;
    // A finger steers only what it was put down on, and is nowhere once it is lifted.
    if (x !== undefined && pointerType !== 'touch') {
      const leaves = type === 'pointerout';
      const [over] = event.composedPath();
      clearTimeout(this.#leaving);
      if (leaves ? !relatedTarget : type === 'pointerover' && isElement(over) && over.matches(FRAMES)) {
        this.#leaving = setTimeout(() => {
          this.pointer = undefined;
          this.#tell(event);
        }, GONE_AFTER_MS);
      }
      // Browsers send some for a pointer that rests, when what lies under it changes.
      if (leaves || (x === this.pointer?.x && y === this.pointer.y)) return;
      this.pointer = { x, y };
      this.moves++;
    }
    this.#tell(event);
  };

  #tell(event: Event): void {
    for (const onlooker of this.#onlookers) onlooker(event);
  }
}

/** Listens before the page does, so that what it stops is heard all the same. */
export function listen(target: EventTarget | null, types: readonly string[], listener: Onlooker, { signal }: AbortController): void {
  for (const type of types) target?.addEventListener(type, listener, { capture: true, passive: true, signal });
}

// Where the face looks: at the pointer, a touch, a file that hangs over the page, the control that has the focus, and
// at news.
import type { GazeTracker } from '../web/define.js';

/** How long it looks where a finger was, in milliseconds. */
const TOUCH_MS = 2500;

export class Attention {
  readonly #tracker: () => GazeTracker | undefined;
  #back: ReturnType<typeof setTimeout> | undefined;
  /** It looks at the visitor, whatever the pointer does. */
  #isFixed = false;

  constructor(tracker: () => GazeTracker | undefined) {
    this.#tracker = tracker;
    const follow = (event: PointerEvent) => {
      if (event.pointerType !== 'touch') this.follow();
    };
    addEventListener('pointermove', follow, { passive: true });
    addEventListener('pointerdown', (event) => {
      const face = this.#tracker();
      if (event.pointerType !== 'touch' || !face) return;
      if (event.composedPath().includes(face)) this.follow();
      else this.lookTowards(event.clientX, event.clientY);
    }, { passive: true });
    // Before the face itself hears of it.
    addEventListener('keydown', ({ target, key }) => {
      if (target === this.#tracker() && /^(Arrow|Home)/.test(key)) this.follow();
    }, { capture: true });
    document.addEventListener('focusin', ({ target }) => {
      if (target instanceof HTMLElement && target.matches(':focus-visible') && target !== this.#tracker()) this.attend(target);
    });
  }

  /** Looks at a part of the page; for some time, in milliseconds, or until the pointer moves. */
  attend(target: Element, time?: number): void {
    if (this.#isFixed) return;
    this.#tracker()?.lookAtElement(target);
    this.#until(time);
  }

  /** Looks at a place of the window. */
  lookTowards(x: number, y: number): void {
    const face = this.#tracker();
    if (!face || this.#isFixed) return;
    const box = face.getBoundingClientRect();
    const reach = Math.max(innerWidth, innerHeight) / 2;
    const limited = (distance: number) => Math.max(-1, Math.min(1, distance / reach));
    face.lookAt(limited(x - box.x - box.width / 2), limited(y - box.y - box.height * 0.4));
    this.#until(TOUCH_MS);
  }

  /** Looks at the visitor, until that is over. */
  fix(isFixed: boolean): void {
    if (this.#isFixed === isFixed) return;
    this.#isFixed = isFixed;
    clearTimeout(this.#back);
    if (isFixed) this.#tracker()?.lookAt(0, 0);
    else this.#tracker()?.follow();
  }

  follow(): void {
    if (this.#isFixed) return;
    clearTimeout(this.#back);
    this.#tracker()?.follow();
  }

  #until(time: number | undefined): void {
    clearTimeout(this.#back);
    if (time !== undefined) this.#back = setTimeout(() => this.follow(), time);
  }
}

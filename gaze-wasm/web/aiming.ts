// From what the visitor and the page ask for to where the scene shall look.
import type { Aim } from './orders.js';
import type { Wish } from './steering.js';

/** Under reduced motion the face looks, in one cut, where the pointer has rested this long (milliseconds). */
const REST_BEFORE_CUT = 150;
/** Where the face looks when it does not follow the visitor. */
export type Hold = { readonly x: number; readonly y: number } | Element;

export class Aiming {
  readonly #host: Element;
  readonly #tell: (aim: Aim, cut: boolean) => void;
  #hold: Hold | undefined;
  /** Under reduced motion: the timer of a pointer that has not rested yet. */
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** `tell` passes on where to look, and whether in one cut. */
  constructor(host: Element, tell: (aim: Aim, cut: boolean) => void) {
    this.#host = host;
    this.#tell = tell;
  }

  /** Looks there whatever the visitor does; follows the visitor again without. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    this.stop();
    this.refresh();
  }

  /** Tells again what is held: the scene is new, or the page has scrolled or changed its size. */
  refresh(): void {
    const hold = this.#hold;
    if (hold instanceof Element) {
      const { left, top, width, height } = hold.getBoundingClientRect();
      this.#say(this.#towards(left + width / 2, top + height / 2));
    } else if (hold) {
      this.#say({ kind: 'place', x: hold.x, y: hold.y });
    }
  }

  /** The visitor wants to steer. */
  wish(wish: Wish): void {
    if (this.#hold) return;
    this.stop();
    const isContinuous = wish.kind === 'point' || wish.kind === 'tilt';
    if (isContinuous && reducedMotion().matches) this.#rest = setTimeout(() => this.#say(this.#aimOf(wish)), REST_BEFORE_CUT);
    else this.#say(this.#aimOf(wish));
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.#rest);
  }

  #say(aim: Aim): void {
    this.#tell(aim, reducedMotion().matches);
  }

  #aimOf(wish: Wish): Aim {
    switch (wish.kind) {
      case 'point':
        return this.#towards(wish.point.x, wish.point.y);
      case 'tilt':
        return { kind: 'tilt', ...wish.tilt, angle: screen.orientation?.angle ?? 0 };
      case 'step':
        return wish;
      case 'centre':
        return { kind: 'place', x: 0, y: 0 };
    }
  }

  /** A point of the viewport. */
  #towards(x: number, y: number): Aim {
    const { left, top, width, height } = this.#host.getBoundingClientRect();
    return {
      kind: 'point',
      x,
      y,
      centreX: left + width / 2,
      centreY: top + height / 2,
      width: Math.max(document.documentElement.clientWidth, 1),
      height: Math.max(window.innerHeight, 1),
    };
  }
}

let motionQuery: MediaQueryList | undefined;

/** Whether the visitor wants less motion. */
export function reducedMotion(): MediaQueryList {
  motionQuery ??= matchMedia('(prefers-reduced-motion: reduce)');
  return motionQuery;
}

// From the visitor's input and the page's calls to where the session shall look.
import { mediaQuery } from './media.js';
import type { Aim } from './protocol.js';
import type { SteeringInput } from './steering.js';

/** Under reduced motion the face looks, in one cut, where the pointer has rested this long, in milliseconds. */
const REST_BEFORE_CUT_MS = 150;

/** Where the face looks when it does not follow the visitor. */
export type Hold = { readonly x: number; readonly y: number } | Element;

export class Aiming {
  readonly #host: Element;
  readonly #send: (aim: Aim, cut: boolean) => void;
  #hold: Hold | undefined;
  /** Under reduced motion: the timer of a pointer that has not rested yet. */
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  /** `send` passes on where to look, and whether in one cut. */
  constructor(host: Element, send: (aim: Aim, cut: boolean) => void) {
    this.#host = host;
    this.#send = send;
  }

  /** Looks there whatever the visitor does; with undefined it follows the visitor again. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    this.stop();
    this.refresh();
  }

  /** Passes on again what is held: the session is new, or the page has scrolled or changed its size. */
  refresh(): void {
    const hold = this.#hold;
    if (hold instanceof Element) {
      const { left, top, width, height } = hold.getBoundingClientRect();
      this.#pass(this.#towards(left + width / 2, top + height / 2));
    } else if (hold) {
      this.#pass({ kind: 'direction', x: hold.x, y: hold.y });
    }
  }

  /** The visitor steers. */
  steer(input: SteeringInput): void {
    if (this.#hold) return;
    this.stop();
    const isContinuous = input.kind === 'point' || input.kind === 'tilt';
    if (isContinuous && reducedMotion().matches) this.#restTimer = setTimeout(() => this.#pass(this.#aimOf(input)), REST_BEFORE_CUT_MS);
    else this.#pass(this.#aimOf(input));
  }

  /** Cancels the cut that waits. */
  stop(): void {
    clearTimeout(this.#restTimer);
  }

  #pass(aim: Aim): void {
    this.#send(aim, reducedMotion().matches);
  }

  #aimOf(input: SteeringInput): Aim {
    switch (input.kind) {
      case 'point':
        return this.#towards(input.point.x, input.point.y);
      case 'tilt':
        return { kind: 'tilt', ...input.tilt, angle: screen.orientation?.angle ?? 0 };
      case 'step':
        return input;
      case 'centre':
        return { kind: 'direction', x: 0, y: 0 };
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
  motionQuery ??= mediaQuery('(prefers-reduced-motion: reduce)');
  return motionQuery;
}

// From what the visitor and the page ask for to a direction, told to the player once a frame.
import type { Wish } from './steering.js';
import type { Player, Wasm } from './wasm.js';

/** Under reduced motion the face looks, in one cut, where the pointer has rested this long (milliseconds). */
const REST_BEFORE_CUT = 150;
/** How far an arrow key moves the gaze, of -1 to 1. */
const KEY_STEP = 0.2;

/** x to the viewer's right and y down, each from -1 to 1. */
type Direction = readonly [x: number, y: number];

/** Where the face looks when it does not follow the visitor. */
export type Hold = { readonly x: number; readonly y: number } | Element;

export class Aiming {
  readonly #host: Element;
  readonly #request: () => void;
  #hold: Hold | undefined;
  #wish: Wish | undefined;
  /** What the player was last told. It is told once: from there on it chooses the sharp frame nearby. */
  #told: Direction | undefined;
  /** Under reduced motion: whether the pointer has not rested yet, and the timer for it. */
  #isMoving = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** `request` asks for a step. */
  constructor(host: Element, request: () => void) {
    this.#host = host;
    this.#request = request;
  }

  /** Looks there whatever the visitor does; follows the visitor again without. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    this.#request();
  }

  /** The page has scrolled or changed its size. */
  pageMoved(): void {
    if (this.#hold instanceof Element) this.#request();
  }

  /** The visitor wants to steer. */
  wish(wish: Wish): void {
    if (this.#hold) return;
    const before = this.#wish;
    // Several presses of a key may come between two frames.
    if (wish.kind === 'step' && before?.kind === 'step') this.#wish = { ...wish, x: before.x + wish.x, y: before.y + wish.y };
    else this.#wish = wish;
    this.stop();
    const isContinuous = wish.kind === 'point' || wish.kind === 'tilt';
    if (!isContinuous || !reducedMotion().matches) {
      this.#request();
      return;
    }
    this.#isMoving = true;
    this.#rest = setTimeout(() => {
      this.#isMoving = false;
      this.#request();
    }, REST_BEFORE_CUT);
  }

  /** Forgets what waits. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#isMoving = false;
  }

  /** Forgets what a former player was told. */
  reset(): void {
    this.stop();
    this.#told = undefined;
  }

  /** Tells the player where to look, if that is news. */
  step(wasm: Wasm, player: Player, grid: number, now: number): void {
    if (!this.#hold && this.#isMoving) return;
    const direction = this.#direction(wasm, player, grid);
    this.#wish = undefined;
    if (!direction || (direction[0] === this.#told?.[0] && direction[1] === this.#told[1])) return;
    this.#told = direction;
    player.aim(direction[0], direction[1], now);
    if (reducedMotion().matches) player.cut(now);
  }

  #direction(wasm: Wasm, player: Player, grid: number): Direction | undefined {
    const hold = this.#hold;
    if (hold instanceof Element) {
      const { left, top, width, height } = hold.getBoundingClientRect();
      return this.#towards(wasm, left + width / 2, top + height / 2);
    }
    if (hold) return [clamp(hold.x), clamp(hold.y)];
    const wish = this.#wish;
    switch (wish?.kind) {
      case 'point':
        return this.#towards(wasm, wish.point.x, wish.point.y);
      case 'tilt':
        return pair(wasm.tiltAim(wish.tilt.beta, wish.tilt.gamma, screen.orientation?.angle ?? 0));
      case 'step': {
        // A step leads to another cell at least: the gaze comes to rest on cells.
        const step = Math.max(KEY_STEP, 2 / (grid - 1));
        return [clamp(player.targetX + wish.x * step), clamp(player.targetY + wish.y * step)];
      }
      case 'centre':
        return [0, 0];
      default:
        return undefined;
    }
  }

  /** The direction of a point of the viewport. */
  #towards(wasm: Wasm, x: number, y: number): Direction {
    const { left, top, width, height } = this.#host.getBoundingClientRect();
    const viewportWidth = Math.max(document.documentElement.clientWidth, 1);
    const viewportHeight = Math.max(window.innerHeight, 1);
    return pair(wasm.pointerAim(x, y, left + width / 2, top + height / 2, viewportWidth, viewportHeight));
  }
}

function pair(values: Float64Array): Direction {
  return [values[0] ?? 0, values[1] ?? 0];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

let motionQuery: MediaQueryList | undefined;

/** Whether the visitor wants less motion. */
export function reducedMotion(): MediaQueryList {
  motionQuery ??= matchMedia('(prefers-reduced-motion: reduce)');
  return motionQuery;
}

// From the visitor's input and the page's calls to where the session shall look.
import { boxOf, isElement, originOf, viewOf, type Corners, type Place, type Point } from './geometry.js';
import { mediaQuery } from './media.js';
import { Movement } from './movement.js';
import type { Aim } from './protocol.js';
import type { SteeringInput } from './steering.js';
import { Viewport } from './viewport.js';

/** Under reduced motion the face looks, in one cut, where the pointer has rested this long, in milliseconds. */
const REST_BEFORE_CUT_MS = 150;

/** Where the face looks when it does not follow the visitor. */
export type Hold = Point | Element;

export interface AimingListener {
  /** Where to look, and whether in one cut. */
  onAim(aim: Aim, cut: boolean): void;
  /** The element is seen in another size, or may be. */
  onSize(): void;
}

export class Aiming {
  readonly #host: HTMLElement;
  readonly #corners: Corners;
  readonly #listener: AimingListener;
  #viewport: Viewport | undefined;
  /** Moves of the pointer before something else steered: only later ones count. */
  #movesBefore = 0;
  #hold: Hold | undefined;
  #isAwake = false;
  /** Of the element, and of the one that is looked at. */
  #movements: Movement[] = [];
  /** The aim that was passed on last, and the size it was seen in. */
  #passed: string | undefined;
  #shown: string | undefined;
  /** Under reduced motion: the timer of a pointer that has not rested yet. */
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, corners: Corners, listener: AimingListener) {
    this.#host = host;
    this.#corners = corners;
    this.#listener = listener;
  }

  /** The element is in a document, whose pointer is noted from now on. */
  enter(): void {
    const viewport = Viewport.of(this.#host);
    if (viewport !== this.#viewport) this.#movesBefore = 0;
    this.#viewport = viewport;
    viewport.enter(this.#onEvent);
  }

  /** The element is in that document no more. */
  leave(): void {
    this.#viewport?.leave(this.#onEvent);
  }

  /** Aims while awake, first to where the pointer is. */
  wake(isAwake: boolean): void {
    this.#isAwake = isAwake;
    clearTimeout(this.#restTimer);
    for (const movement of this.#movements.splice(0)) movement.stop();
    if (!isAwake) return;
    const [hold, refresh] = [this.#hold, () => this.#refresh()];
    this.#movements.push(new Movement(this.#host, () => this.#corners.measure(), refresh));
    if (isElement(hold)) this.#movements.push(new Movement(hold, () => boxOf(hold), refresh));
    this.#refresh(true);
  }

  /** Looks there whatever the visitor does; with undefined it follows the visitor again. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    this.wake(this.#isAwake);
  }

  /** The visitor steers with something that is no mouse. */
  steer(input: SteeringInput): void {
    if (this.#hold) return;
    this.#movesBefore = this.#viewport!.moves;
    const isContinuous = input.kind === 'point' || input.kind === 'tilt';
    this.#whenAtRest(!isContinuous, () => this.#pass(this.#aimOf(input, this.#corners.measure())));
  }

  /** What is passed on from now on goes to another session. */
  forget(): void {
    this.#passed = this.#shown = undefined;
  }

  readonly #onEvent = (event: Event): void => {
    const { type, pointerType, isPrimary, clientX: x, clientY: y } = event as PointerEvent;
    if (!this.#isAwake) return;
    if (x === undefined) for (const movement of this.#movements) movement.follow();
    if (pointerType !== 'touch') this.#refresh();
    // A finger steers where it was put down on the picture, which is also where the browser keeps sending its events;
    // elsewhere it scrolls the page.
    else if (isPrimary && /down|move/.test(type) && event.composedPath().includes(this.#host)) this.steer({ kind: 'point', point: { x, y } });
  };

  /** Aims anew: the pointer, the page or the element has moved. */
  #refresh(isAtOnce = false): void {
    const place = this.#corners.measure();
    const shown = `${place.width} ${place.height}`;
    if (shown !== this.#shown) this.#listener.onSize();
    this.#shown = shown;
    const aim = this.#currentAim(place);
    if (aim) this.#whenAtRest(isAtOnce || JSON.stringify(aim) === this.#passed, () => this.#pass(aim));
  }

  /** Under reduced motion, does it when nothing has moved for a while. */
  #whenAtRest(isAtOnce: boolean, pass: () => void): void {
    clearTimeout(this.#restTimer);
    if (isAtOnce || !reducedMotion().matches) pass();
    else this.#restTimer = setTimeout(pass, REST_BEFORE_CUT_MS);
  }

  #pass(aim: Aim): void {
    const before = this.#passed;
    this.#passed = JSON.stringify(aim);
    if (aim.kind === 'step' || before !== this.#passed) this.#listener.onAim(aim, reducedMotion().matches);
  }

  /** None where it looks already: nothing is known of a pointer, or something else has steered since. */
  #currentAim(place: Place): Aim | undefined {
    const hold = this.#hold;
    const { pointer: point, moves } = this.#viewport!;
    if (isElement(hold)) {
      // One that is not displayed is nowhere.
      if (!hold.getClientRects().length) return undefined;
      const { x, y, width, height } = boxOf(hold);
      const [there, here] = [originOf(hold), originOf(this.#host)];
      return this.#aimOf({ kind: 'point', point: { x: x + width / 2 + there.x - here.x, y: y + height / 2 + there.y - here.y } }, place);
    }
    if (hold) return { kind: 'direction', ...hold };
    if (moves <= this.#movesBefore) return undefined;
    if (point) return this.#aimOf({ kind: 'point', point }, place);
    // It is gone. A face that has not looked at it need not look away.
    return this.#passed ? AHEAD : undefined;
  }

  #aimOf(input: SteeringInput, { x, y, axes }: Place): Aim {
    switch (input.kind) {
      case 'point': {
        const { innerHeight, document } = viewOf(this.#host);
        return {
          kind: 'point',
          ...input.point,
          centreX: x,
          centreY: y,
          width: Math.max(document.documentElement.clientWidth, 1),
          height: Math.max(innerHeight, 1),
          axes,
        };
      }
      case 'tilt':
        return { kind: 'tilt', ...input.tilt, angle: screen.orientation?.angle ?? 0, axes };
      case 'step':
        return { ...input, axes };
      case 'centre':
        return AHEAD;
    }
  }
}

const AHEAD: Aim = { kind: 'direction', x: 0, y: 0 };

let motionQuery: MediaQueryList | undefined;

/** Whether the visitor wants less motion. */
export function reducedMotion(): MediaQueryList {
  motionQuery ??= mediaQuery('(prefers-reduced-motion: reduce)');
  return motionQuery;
}

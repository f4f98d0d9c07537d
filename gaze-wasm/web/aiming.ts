// From the visitor's input and the page's calls to where the session shall look.
import { boxOf, isElement, viewOf, type Corners, type Place } from './geometry.js';
import { Movement } from './movement.js';
import type { Aim } from './protocol.js';
import type { Point, SteeringInput } from './steering.js';
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
  /** Of the face, and of the element that it looks at; while it is awake. */
  #movements: Movement[] = [];
  #isAwake = false;
  /** The aim that was passed on last, and the size it was seen in. */
  #passed: string | undefined;
  #shown = '';
  /** Under reduced motion: the timer of a pointer that has not rested yet. */
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, corners: Corners, listener: AimingListener) {
    this.#host = host;
    this.#corners = corners;
    this.#listener = listener;
  }

  /** The element is in a document: its pointer is noted. */
  enter(): void {
    const viewport = Viewport.of(this.#host);
    viewport.enter(this.#onEvent);
    if (viewport !== this.#viewport) this.#movesBefore = 0;
    this.#viewport = viewport;
  }

  /** The element is in that document no more. */
  leave(): void {
    this.sleep();
    this.#viewport?.leave(this.#onEvent);
  }

  /** Aims from now on, first to where the pointer is. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#watch();
    this.#refresh(true);
  }

  sleep(): void {
    this.#isAwake = false;
    clearTimeout(this.#restTimer);
    this.#watch();
  }

  /** Looks there whatever the visitor does; with undefined it follows the visitor again. */
  hold(hold: Hold | undefined): void {
    this.#hold = hold;
    clearTimeout(this.#restTimer);
    this.#watch();
    this.#refresh(true);
  }

  /** The visitor steers with something that is no mouse. */
  steer(input: SteeringInput): void {
    if (this.#hold) return;
    clearTimeout(this.#restTimer);
    this.#movesBefore = this.#viewport?.moves ?? 0;
    const isContinuous = input.kind === 'point' || input.kind === 'tilt';
    const pass = () => this.#pass(this.#aimOf(input, this.#corners.measure()));
    if (isContinuous && reducedMotion().matches) this.#restTimer = setTimeout(pass, REST_BEFORE_CUT_MS);
    else pass();
  }

  /** Another session: nothing was passed on to it. */
  forget(): void {
    this.#passed = undefined;
    this.#shown = '';
  }

  readonly #onEvent = (event: Event): void => {
    if (!this.#isAwake) return;
    if (event.type.endsWith('start')) {
      for (const movement of this.#movements) movement.hear(event);
    } else if ((event as PointerEvent).pointerType !== 'touch') {
      this.#refresh();
    } else if ((event as PointerEvent).isPrimary && /down|move/.test(event.type) && event.composedPath().includes(this.#host)) {
      // A finger steers where it was put down on the picture, which is also where the browser keeps sending its events;
      // elsewhere it scrolls the page.
      const { clientX: x, clientY: y } = event as PointerEvent;
      this.steer({ kind: 'point', point: { x, y } });
    }
  };

  /** Watches the element itself and the one that is looked at, while awake. */
  #watch(): void {
    for (const movement of this.#movements) movement.stop();
    this.#movements = [];
    if (!this.#isAwake) return;
    const refresh = () => this.#refresh();
    this.#movements.push(new Movement(this.#host, refresh, () => this.#corners.measure()));
    if (isElement(this.#hold)) this.#movements.push(new Movement(this.#hold, refresh));
  }

  /** Aims anew: the pointer, the page or the element has moved. */
  #refresh(isAtOnce = false): void {
    if (!this.#isAwake) return;
    const place = this.#corners.measure();
    const shown = JSON.stringify(place.shown);
    if (shown !== this.#shown) this.#listener.onSize();
    this.#shown = shown;
    const aim = this.#currentAim(place);
    if (!aim) return;
    clearTimeout(this.#restTimer);
    if (JSON.stringify(aim) === this.#passed) return;
    if (!isAtOnce && reducedMotion().matches) this.#restTimer = setTimeout(() => this.#refresh(true), REST_BEFORE_CUT_MS);
    else this.#pass(aim);
  }

  #pass(aim: Aim): void {
    this.#passed = JSON.stringify(aim);
    this.#listener.onAim(aim, reducedMotion().matches);
  }

  /** Undefined where it looks already: nothing is known of a pointer, or something else has steered since. */
  #currentAim(place: Place): Aim | undefined {
    const hold = this.#hold;
    if (isElement(hold)) {
      const middle = this.#middleOf(hold);
      return middle && this.#aimOf({ kind: 'point', point: middle }, place);
    }
    if (hold) return { kind: 'direction', ...hold };
    const viewport = this.#viewport!;
    if (viewport.moves <= this.#movesBefore) return undefined;
    const point = viewport.pointer;
    if (point) return this.#aimOf({ kind: 'point', point }, place);
    // It is gone. A face that has not looked at it need not look away.
    return this.#passed ? AHEAD : undefined;
  }

  #aimOf(input: SteeringInput, { centre, axes }: Place): Aim {
    switch (input.kind) {
      case 'point': {
        const view = viewOf(this.#host);
        const { x, y } = input.point;
        return {
          kind: 'point',
          x,
          y,
          centreX: centre.x,
          centreY: centre.y,
          width: Math.max(view.document.documentElement.clientWidth, 1),
          height: Math.max(view.innerHeight, 1),
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

  /** The middle of another element, as seen from this one's window; undefined where it is not displayed. */
  #middleOf(element: Element): Point | undefined {
    if (!element.getClientRects().length) return undefined;
    const { x, y, width, height } = boxOf(element);
    return { x: x + width / 2, y: y + height / 2 };
  }
}

const AHEAD: Aim = { kind: 'direction', x: 0, y: 0 };

let motionQuery: MediaQueryList | undefined;

/** Whether the visitor wants less motion. */
export function reducedMotion(): MediaQueryList {
  motionQuery ??= matchMedia('(prefers-reduced-motion: reduce)');
  return motionQuery;
}

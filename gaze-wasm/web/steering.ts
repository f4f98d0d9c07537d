// Mouse, pen, a finger, keys and tilt: what a visitor steers with. The pointer is heard of by `viewport.ts`.
//
// Listeners are held only between `start` and `stop`.
import { viewOf, type Point } from './geometry.js';
import { mediaQuery } from './media.js';

/** Orientation of the device, in degrees. */
export interface Tilt {
  beta: number;
  gamma: number;
}

/** One input of the visitor. */
export type SteeringInput =
  | { kind: 'point'; point: Point }
  | { kind: 'tilt'; tilt: Tilt }
  /** Presses of arrow keys. */
  | { kind: 'step'; x: number; y: number }
  | { kind: 'centre' };

const KEYS: Readonly<Record<string, SteeringInput>> = {
  ArrowLeft: { kind: 'step', x: -1, y: 0 },
  ArrowRight: { kind: 'step', x: 1, y: 0 },
  ArrowUp: { kind: 'step', x: 0, y: -1 },
  ArrowDown: { kind: 'step', x: 0, y: 1 },
  Home: { kind: 'centre' },
};

type PermissionRequest = { requestPermission?: () => Promise<'granted' | 'denied'> };

/** Whether this device may report its orientation, if the visitor agrees. */
export function hasTilt(): boolean {
  return typeof DeviceOrientationEvent === 'function' && isHandheld();
}

/** Whether the platform reports orientation only after the visitor has granted it. */
export function mustAskForTilt(): boolean {
  return typeof (DeviceOrientationEvent as PermissionRequest).requestPermission === 'function';
}

/** A device that is held and touched. */
export function isHandheld(): boolean {
  return mediaQuery('(hover: none) and (pointer: coarse)').matches;
}

export class Steering {
  #listening: AbortController | undefined;
  #tilting: AbortController | undefined;
  #wantsTilt = false;

  constructor(
    readonly host: HTMLElement,
    /** What in the host's shadow tree has the focus where the host has it. */
    readonly face: HTMLElement,
    readonly onInput: (input: SteeringInput) => void,
  ) {}

  /** Listens from now on. */
  start(): void {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.host.addEventListener('keydown', this.#onKey, { signal });
    if (this.#wantsTilt) this.startTilt();
  }

  /** Removes every listener. */
  stop(): void {
    this.#listening?.abort();
    this.#listening = undefined;
    this.#tilting?.abort();
    this.#tilting = undefined;
  }

  /** Follows the device's tilt from now on; asks for permission where the platform demands it. */
  async enableTilt(): Promise<boolean> {
    if (typeof DeviceOrientationEvent !== 'function') return false;
    const { requestPermission } = DeviceOrientationEvent as PermissionRequest;
    if (requestPermission) {
      // Must be called while a tap is being handled: rejected otherwise.
      const answer = await requestPermission.call(DeviceOrientationEvent).catch(() => 'denied' as const);
      if (answer !== 'granted') return false;
    }
    this.startTilt();
    return true;
  }

  /** Listens to the device's tilt too, now or from the next `start` on. */
  startTilt(): void {
    this.#wantsTilt = true;
    if (this.#tilting || !this.#listening) return;
    this.#tilting = new AbortController();
    viewOf(this.host).addEventListener('deviceorientation', this.#onTilt, { passive: true, signal: this.#tilting.signal });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const input = KEYS[event.key];
    // Keys with a modifier are the browser's, and buttons inside have keys of their own.
    if (!input || event.altKey || event.ctrlKey || event.metaKey || event.composedPath()[0] !== this.face) return;
    event.preventDefault();
    this.onInput(input);
  };

  readonly #onTilt = ({ beta, gamma }: DeviceOrientationEvent): void => {
    if (beta === null || gamma === null) return;
    this.onInput({ kind: 'tilt', tilt: { beta, gamma } });
  };
}

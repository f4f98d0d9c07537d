// <gaze-tracker>: a face that looks where it is told.
import { Aiming, reducedMotion } from './aiming.js';
import { fileOf, GazeAttributes } from './attributes.js';
import { Controls } from './controls.js';
import { GazeErrorEvent, type GazeChangeDetail, type GazeTrackerEventMap, type ReadyDetail } from './events.js';
import { Face } from './face.js';
import type { GazeError } from './failure.js';
import { Corners } from './geometry.js';
import type { PlaybackSettings } from './protocol.js';
import { Readiness } from './readiness.js';
import { attachShadowParts, type ShadowParts } from './shadow.js';
import { Sight } from './sight.js';
import type { SheetHints } from './source/sheet-plan.js';
import { hasTilt, isHandheld, Steering } from './steering.js';

/** The shorter side of a phone's screen is below this, in CSS pixels. */
const PHONE_WIDTH = 600;

/** What a picture of the face shall be. */
export interface SnapshotOptions {
  /** Default: `image/png`. */
  type?: string;
  /** Of lossy types, 0 to 1. Default: the browser's. */
  quality?: number;
}

export class GazeTracker extends GazeAttributes {
  readonly #parts: ShadowParts;
  readonly #face: Face;
  readonly #controls: Controls;
  readonly #steering: Steering;
  readonly #corners: Corners;
  readonly #aiming: Aiming;
  readonly #readiness = new Readiness();
  readonly #sight: Sight;
  #gaze: GazeChangeDetail | undefined;
  #isReloading = false;
  /** Whether it shall load as soon as it is near. */
  #isWaiting = false;
  #isPaused = false;
  /** Whether anybody was ever told to hear of errors. */
  #isHeard = false;
  /** Page-wide listeners of an element that is on screen, and of one that is awake. */
  #onScreen: AbortController | undefined;
  #awake: AbortController | undefined;

  constructor() {
    super();
    this.#parts = attachShadowParts(this);
    this.#face = new Face(this.#parts, {
      onOpen: () => {
        this.#setSize();
        return this.#shown();
      },
      onPortrait: (width, height) => this.#setSize({ width, height }),
      onReady: (detail) => this.#onReady(detail),
      onProgress: (detail) => this.#emit('progress', detail),
      onGaze: (detail) => {
        this.#gaze = detail;
        this.#emit('gazechange', { ...detail });
      },
      onError: (error) => this.#onError(error),
      onLost: () => this.#reload(),
    });
    this.#corners = new Corners(this, this.shadowRoot!);
    this.#aiming = new Aiming(this, this.#corners, {
      onAim: (aim, cut) => this.#face.send({ type: 'aim', aim, cut }),
      onSize: () => this.#fit(),
    });
    this.#controls = new Controls(this, this.#parts, () => void this.enableGyro());
    this.#steering = new Steering(this, this.#parts.face, (input) => {
      // Where the tilt is reported, nobody has to be asked for it any more.
      if (input.kind === 'tilt') this.#controls.grantTilt();
      this.#aiming.steer(input);
    });
    this.#sight = new Sight(this, () => {
      this.#openWhenNear();
      this.#update();
    });
  }

  // ---- state

  /** Whether the first frame is on screen. */
  get ready(): boolean {
    return this.#face.isReady;
  }

  /** Resolves with what the event `ready` tells as soon as the first frame is on screen, at once where it is; rejects with the
   * `GazeError` where there will be none. When a settled one is followed by another face there is another promise. */
  get whenReady(): Promise<ReadyDetail> {
    return this.#readiness.promise;
  }

  get paused(): boolean {
    return this.#isPaused;
  }

  /** Where the face looks, as the last `gazechange` reported, each from -1 to 1: x to the viewer's right, y down. */
  get gaze(): { x: number; y: number } {
    const { x, y } = this.#gaze ?? { x: 0, y: 0 };
    return { x, y };
  }

  // ---- methods

  /** Looks at a place and stays there until `follow()`: x and y from -1 to 1, right and down. */
  lookAt(x: number, y: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      throw new TypeError(`lookAt(${x}, ${y}): use two numbers from -1 to 1`);
    }
    this.#aiming.hold({ x, y });
  }

  /** Looks at an element, also when the page scrolls, until `follow()`. */
  lookAtElement(element: Element): void {
    this.#aiming.hold(element);
  }

  /** Follows the visitor again. */
  follow(): void {
    this.#aiming.hold(undefined);
  }

  /** Closes and opens the eyes once, where the face can: a rig, or a pack that holds what that takes. Nothing while the face is
   * not in sight or paused, nor under reduced motion. */
  blinkOnce(): void {
    if (this.#awake && !reducedMotion().matches) this.#face.send({ type: 'blink' });
  }

  /** Steers by the device's tilt. Where permission is needed, call it while a tap is being handled. Tells
   * whether it was granted. */
  async enableGyro(): Promise<boolean> {
    const granted = await this.#steering.enableTilt();
    if (granted) this.#controls.grantTilt();
    return granted;
  }

  /** Freezes the face. */
  pause(): void {
    this.#isPaused = true;
    this.#update();
  }

  /** Lets it move again. */
  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** The picture that is on screen, in the pixels that are drawn, as soon as there is one. Rejects with a `GazeError` where
   * there will be none. */
  async snapshot({ type = 'image/png', quality }: SnapshotOptions = {}): Promise<Blob> {
    await this.whenReady;
    return this.#face.snapshot(type, quality);
  }

  // ---- lifecycle

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    this.#describe();
    this.#aiming.enter();
    this.#sight.start();
    if (!this.#face.isOpen) this.#reload();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#sight.stop();
    this.#update();
    this.#aiming.leave();
    // An element that is moved is connected again at once, and keeps what it has loaded.
    queueMicrotask(() => {
      if (!this.isConnected) this.#unload();
    });
  }

  /** @internal Moved into another document. */
  adoptedCallback(): void {
    this.#parts.adopt();
  }

  /** @internal */
  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    super.attributeChangedCallback(name, before, after);
    switch (name) {
      case 'smoothing':
      case 'memory':
      case 'max-fps':
      case 'maxfps':
      case 'idle':
      case 'blink':
        this.#sendSettings();
        break;
      case 'loading':
        this.#openWhenNear();
        break;
      case 'hide-controls':
      case 'hidecontrols':
        this.#updateControls();
        break;
      case 'caption':
      case 'label':
      case 'role':
      case 'tabindex':
      case 'aria-label':
      case 'aria-hidden':
        this.#describe();
        break;
      default:
        this.#setSize();
        this.#reload();
    }
  }

  /** @internal */
  override sourceChangedCallback(isSame: boolean): void {
    // Frameworks that take over a page set once more what it has. After a failure it is another try.
    if (!isSame || this.#readiness.hasFailed) this.#reload();
  }

  // ---- loading

  /** Loads anew once the running script has set all it wants to set, and the element is near. */
  #reload(): void {
    // At once: who sets another `src` and asks means the face that comes.
    this.#readiness.renew();
    if (this.#isReloading) return;
    this.#isReloading = true;
    queueMicrotask(() => {
      this.#isReloading = false;
      if (!this.isConnected) return;
      if (this.src || fileOf(this) || this.portrait) {
        this.#isWaiting = true;
        this.#openWhenNear();
      } else {
        this.#unload();
      }
    });
  }

  #openWhenNear(): void {
    if (!this.#isWaiting || !(this.loading === 'eager' || this.#sight.isNear)) return;
    this.#isWaiting = false;
    this.#rest();
    const { src, portrait, baseURI: base } = this;
    this.#face.open({ file: fileOf(this), src, portrait, base, hints: this.#hints(), settings: this.#settings() });
    this.#setSize();
    this.#updateControls();
  }

  /** Stops what plays and forgets it. */
  #unload(): void {
    this.#isWaiting = false;
    this.#rest();
    this.#face.unload();
    this.#updateControls();
  }

  #rest(): void {
    this.#sleep();
    this.#aiming.forget();
    this.#gaze = undefined;
  }

  #hints(): SheetHints {
    return {
      grid: this.grid,
      mode: this.mode,
      width: this.width,
      height: this.height,
      phone: isHandheld() && Math.min(screen.width, screen.height) < PHONE_WIDTH,
      shown: this.#shown(),
    };
  }

  #onReady(detail: ReadyDetail): void {
    this.#updateControls();
    this.#update();
    this.#readiness.settle({ detail });
    this.#emit('ready', detail);
  }

  #onError(error: GazeError): void {
    if (error.fatal) {
      this.#rest();
      this.#updateControls();
      this.#readiness.settle({ error });
    }
    const isHandled = !this.dispatchEvent(new GazeErrorEvent(error));
    if (!this.#isHeard && !this.onerror && !isHandled) console.error(`<gaze-tracker>: ${error.message}`);
  }

  #emit<Name extends 'ready' | 'progress' | 'gazechange'>(name: Name, detail: GazeTrackerEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  override addEventListener<Name extends keyof GazeTrackerEventMap>(
    type: Name,
    listener: (this: GazeTracker, event: GazeTrackerEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    this.#isHeard ||= type === 'error';
    super.addEventListener(type, listener as EventListener, options);
  }

  // ---- waking and sleeping

  /** Wakes when it can be seen, else sleeps. */
  #update(): void {
    const isOnScreen = this.isConnected && this.#sight.isVisible;
    if (isOnScreen && !this.#onScreen) {
      this.#onScreen = new AbortController();
      this.ownerDocument.addEventListener('visibilitychange', () => this.#update(), { signal: this.#onScreen.signal });
    } else if (!isOnScreen) {
      this.#onScreen?.abort();
      this.#onScreen = undefined;
    }
    const isAwake = isOnScreen && this.ready && !this.#isPaused && !this.ownerDocument.hidden;
    if (isAwake && !this.#awake) this.#wake();
    else if (!isAwake && this.#awake) this.#sleep();
  }

  #wake(): void {
    this.#awake = new AbortController();
    const { signal } = this.#awake;
    reducedMotion().addEventListener('change', () => this.#sendSettings(), { signal });
    this.#sendSettings();
    this.#steering.start();
    // Where permission is needed and not yet granted, no event comes.
    if (hasTilt()) this.#steering.startTilt();
    this.#aiming.wake(true);
    this.#face.send({ type: 'wake' });
  }

  #sleep(): void {
    if (!this.#awake) return;
    this.#awake.abort();
    this.#awake = undefined;
    this.#steering.stop();
    this.#aiming.wake(false);
    this.#face.send({ type: 'sleep' });
  }

  #fit(): void {
    this.#updateControls();
    const shown = this.#shown();
    if (shown.width <= 0 || shown.height <= 0) return;
    if (this.#needsSharper(shown)) this.#reload();
    else this.#face.send({ type: 'resize', shown });
  }

  /** Whether the sheets were kept smaller than they are now shown. */
  #needsSharper(shown: { width: number; height: number }): boolean {
    const { width, height, shrink } = this.#face.frames ?? { width: 1, height: 1, shrink: 1 };
    return shrink > 1 && Math.min(shown.width / width, shown.height / height) * shrink > 1.01;
  }

  /** Size of what the picture is fitted into, or of the whole picture where it covers the element; in device pixels. */
  #shown(): { width: number; height: number } {
    const { width, height } = this.#corners.measure();
    const { frames } = this.#face;
    if (!frames || getComputedStyle(this).getPropertyValue('--gaze-fit').trim() !== 'cover') return { width, height };
    const scale = Math.max(width / frames.width, height / frames.height);
    return { width: frames.width * scale, height: frames.height * scale };
  }

  // ---- appearance

  /** The attributes go before the frames' own size, and that before `portrait`, the size of what is shown meanwhile. One side
   * alone keeps the ratio. */
  #setSize(portrait?: { width: number; height: number }): void {
    const picture = this.#face.frames ?? portrait;
    const width = this.width ?? (picture && (this.height ? (this.height * picture.width) / picture.height : picture.width));
    const height = this.height ?? (picture && width && (width * picture.height) / picture.width);
    if (width && height) this.#parts.setSize(width, height);
  }

  #settings(): PlaybackSettings {
    const { smoothing, memory, maxFps } = this;
    const mayMove = !reducedMotion().matches;
    return { smoothing, memory, maxFps, idle: this.idle && mayMove, blink: this.blink && mayMove };
  }

  #sendSettings(): void {
    this.#face.send({ type: 'settings', settings: this.#settings() });
  }

  /** What the page says on the element itself goes before: its role, its name and whether it takes the focus. */
  #describe(): void {
    const { face, caption } = this.#parts;
    caption.textContent = this.caption ?? '';
    caption.hidden = !this.caption;
    const set = (name: string, value: string | undefined) => (value === undefined ? face.removeAttribute(name) : face.setAttribute(name, value));
    const isPart = !this.hasAttribute('role');
    set('role', isPart ? 'img' : undefined);
    set('aria-describedby', this.caption && isPart ? caption.id : undefined);
    set('aria-label', isPart ? this.getAttribute('aria-label') || this.label : undefined);
    const takesFocus = (isPart || this.hasAttribute('tabindex')) && this.getAttribute('aria-hidden') !== 'true';
    set('tabindex', takesFocus ? '0' : undefined);
  }

  #updateControls(): void {
    this.#controls.update(this.ready && !this.hideControls);
  }
}

export interface GazeTracker {
  removeEventListener<Name extends keyof GazeTrackerEventMap>(
    type: Name,
    listener: (this: GazeTracker, event: GazeTrackerEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

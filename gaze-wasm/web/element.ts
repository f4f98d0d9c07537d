// <gaze-tracker>: a face that looks where it is told.
import { Aiming, reducedMotion } from './aiming.js';
import { fileAddress, parseAddress, portraitAddresses, type Address } from './address.js';
import { fileOf, GazeAttributes } from './attributes.js';
import { GazeErrorEvent, type GazeChangeDetail, type GazeTrackerEventMap } from './events.js';
import { GazeError } from './failure.js';
import { Corners, viewOf } from './geometry.js';
import type { FramesShape, PlaybackSettings, PlayerEvent } from './protocol.js';
import { portraitSource } from './portrait.js';
import { attachShadowParts, type ShadowParts } from './shadow.js';
import type { SheetHints } from './source/sheet-plan.js';
import { hasTilt, isHandheld, mustAskForTilt, Steering } from './steering.js';
import { SessionClient } from './worker-client.js';

/** The shorter side of a phone's screen is below this, in CSS pixels. */
const PHONE_WIDTH = 600;

export class GazeTracker extends GazeAttributes {
  readonly #parts: ShadowParts;
  readonly #internals: ElementInternals | undefined;
  readonly #steering: Steering;
  readonly #aiming: Aiming;
  readonly #corners: Corners;
  /** What plays this load. */
  #session: SessionClient | undefined;
  /** What has drawn the picture that stays until the next one is there. */
  #former: SessionClient | undefined;
  /** What makes a face of `portrait` for this load. */
  #making: AbortController | undefined;
  #frames: FramesShape | undefined;
  #gaze: GazeChangeDetail | undefined;
  #isReloading = false;
  #isReady = false;
  #isVisible = false;
  #isPaused = false;
  #visibilityObserver: IntersectionObserver | undefined;
  /** Page-wide listeners of an element that is on screen, and of one that is awake. */
  #onScreen: AbortController | undefined;
  #awake: AbortController | undefined;

  constructor() {
    super();
    this.#parts = attachShadowParts(this);
    this.#corners = new Corners(this, this.#parts.root);
    this.#aiming = new Aiming(this, this.#corners, {
      aim: (aim, cut) => this.#session?.send({ type: 'aim', aim, cut }),
      resize: () => this.#fit(),
    });
    this.#steering = new Steering(this, (input) => {
      // Where the tilt is reported, nobody has to be asked for it any more.
      if (input.kind === 'tilt') this.#parts.gyroButton.hidden = true;
      this.#aiming.steer(input);
    });
    this.#internals = this.attachInternals?.();
    this.#parts.fullscreenButton.addEventListener('click', () => void this.#toggleFullscreen());
    this.#parts.gyroButton.addEventListener('click', () => void this.enableGyro());
  }

  // ---- state

  /** Whether the first frame is on screen. */
  get ready(): boolean {
    return this.#isReady;
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

  /** Steers by the device's tilt. Where permission is needed, call it while a tap is being handled. Tells
   * whether it was granted. */
  async enableGyro(): Promise<boolean> {
    const granted = await this.#steering.enableTilt();
    if (granted) this.#parts.gyroButton.hidden = true;
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

  // ---- lifecycle

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0;
    this.#describe();
    this.#showControls();
    this.#aiming.enter();
    this.#visibilityObserver ??= new (viewOf(this).IntersectionObserver)((entries) => {
      this.#isVisible = entries.at(-1)?.isIntersecting ?? false;
      this.#update();
    });
    this.#visibilityObserver.observe(this);
    if (!this.#session) this.#reload();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#visibilityObserver?.disconnect();
    this.#isVisible = false;
    this.#update();
    this.#aiming.leave();
    // An element that is moved is connected again at once, and keeps what it has loaded.
    queueMicrotask(() => {
      if (!this.isConnected) this.#unload();
    });
  }

  /** @internal Moved into another window, whose documents take no style sheet and no observer of the former one. */
  adoptedCallback(): void {
    this.#visibilityObserver = undefined;
    this.#parts.adopt();
  }

  /** @internal */
  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    super.attributeChangedCallback(name, before, after);
    switch (name) {
      case 'smoothing':
      case 'memory':
      case 'idle':
        this.#sendSettings();
        break;
      case 'hide-controls':
        this.#showControls();
        break;
      case 'label':
        this.#describe();
        break;
      default:
        this.#setSize();
        this.#reload();
    }
  }

  /** @internal */
  override sourceChangedCallback(): void {
    this.#reload();
  }

  // ---- loading

  /** Loads anew once the running script has set all it wants to set. */
  #reload(): void {
    if (this.#isReloading) return;
    this.#isReloading = true;
    queueMicrotask(() => {
      this.#isReloading = false;
      if (!this.isConnected) return;
      if (this.src || fileOf(this) || this.portrait) this.#open();
      else this.#unload();
    });
  }

  /** Stops what plays and forgets it. */
  #unload(): void {
    this.#stop();
    this.#session?.close();
    this.#session = undefined;
    this.#parts.canvases.renew();
    this.#dropFormer();
  }

  #stop(): void {
    this.#sleep();
    this.#making?.abort();
    this.#frames = undefined;
    this.#gaze = undefined;
    this.#isReady = false;
    this.#aiming.forget();
    this.#parts.setPortrait(undefined);
  }

  /** Stops what plays; its picture stays. */
  #keepFormer(): void {
    if (!this.#isReady || !this.#session) {
      this.#session?.close();
    } else {
      this.#former?.close();
      this.#former = this.#session;
      this.#former.send({ type: 'freeze' });
      this.#parts.canvases.keep();
    }
    this.#session = undefined;
    this.#stop();
  }

  #dropFormer(): void {
    this.#former?.close();
    this.#former = undefined;
    this.#parts.canvases.drop();
    this.#parts.placeholder.hidden = this.#isReady;
  }

  #open(): void {
    this.#keepFormer();
    this.#setSize();
    const file = fileOf(this);
    const photo = file || this.src ? undefined : this.portrait;
    const address = file ? fileAddress(file) : parseAddress(this.src, this.baseURI);
    if (!address && !photo) {
      this.#fail(new GazeError('format', `src="${this.src}" names no frames: use a folder, portrait.gaze, frames.gaze, four sheets separated by commas, or one sheet`));
      return;
    }
    const session = new SessionClient({
      // What is kept for its picture has nothing more to say.
      onEvent: (event) => session === this.#session && this.#onEvent(event, session),
      onLost: () => {
        // Its picture is lost as well.
        this.#unload();
        this.#reload();
      },
    });
    this.#session = session;
    this.#showPortrait(session, address ? portraitAddresses(address) : [photo!]);
    const open = (address: Address) => {
      if (session === this.#session) session.send({ type: 'open', address, hints: this.#hints(), settings: this.#settings() });
    };
    const fail = (error: GazeError) => {
      if (session === this.#session) this.#fail(error);
    };
    if (!address) {
      this.#making = new AbortController();
      portraitSource(photo!, this.#making.signal).then((blob) => open(fileAddress(blob)), fail);
    } else if (address.kind !== 'file' || address.blob || !/^blob:/i.test(address.url)) {
      open(address);
    } else {
      fetch(address.url).then((response) => response.blob()).then(
        (blob) => open({ ...address, blob }),
        () => fail(new GazeError('missing', 'nothing is at this blob address any more: set src before it is revoked')),
      );
    }
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

  #onEvent(event: PlayerEvent, session: SessionClient): void {
    switch (event.type) {
      case 'open':
        this.#frames = event.frames;
        this.#setSize();
        session.sendCanvas(this.#parts.canvases.renew(), this.#shown());
        break;
      case 'ready': {
        void this.#parts.canvases.show().then(() => session === this.#session && this.#dropFormer());
        this.#parts.placeholder.hidden = true;
        this.#parts.setPortrait(undefined);
        this.#isReady = true;
        this.#update();
        const { kind: source, grid, width, height } = this.#frames!;
        this.#emit('ready', { source, grid, width, height });
        break;
      }
      case 'progress':
        this.#emit('progress', event.detail);
        break;
      case 'gaze':
        this.#gaze = event.detail;
        this.#emit('gazechange', { ...event.detail });
        break;
      case 'error':
        if (event.fatal && this.#isReady) this.#unload();
        this.#fail(new GazeError(event.code, event.message, event.fatal));
    }
  }

  /** Shows the first portrait that is there until the first frame is. */
  #showPortrait(session: SessionClient, addresses: readonly string[]): void {
    const parts = this.#parts;
    const [first, ...rest] = addresses;
    if (!first || parts.slot.assignedElements().length) return;
    const portrait = new Image();
    portrait.alt = '';
    portrait.onload = () => {
      if (session !== this.#session || this.#isReady) return;
      parts.setPortrait(portrait);
      if (!this.#frames && !this.width) parts.setSize(portrait.naturalWidth, portrait.naturalHeight);
    };
    portrait.onerror = () => {
      if (session === this.#session && !this.#isReady) this.#showPortrait(session, rest);
    };
    portrait.src = first;
  }

  #fail(error: GazeError): void {
    if (error.fatal) this.#dropFormer();
    this.dispatchEvent(new GazeErrorEvent(error));
  }

  #emit<Name extends 'ready' | 'progress' | 'gazechange'>(name: Name, detail: GazeTrackerEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // ---- waking and sleeping

  /** Wakes when it can be seen, else sleeps. */
  #update(): void {
    const isOnScreen = this.isConnected && this.#isVisible;
    if (isOnScreen && !this.#onScreen) {
      this.#onScreen = new AbortController();
      this.ownerDocument.addEventListener('visibilitychange', () => this.#update(), { signal: this.#onScreen.signal });
    } else if (!isOnScreen) {
      this.#onScreen?.abort();
      this.#onScreen = undefined;
    }
    const isAwake = isOnScreen && this.#isReady && !this.#isPaused && !this.ownerDocument.hidden;
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
    this.#aiming.wake();
    this.#session?.send({ type: 'wake' });
  }

  #sleep(): void {
    if (!this.#awake) return;
    this.#awake.abort();
    this.#awake = undefined;
    this.#steering.stop();
    this.#aiming.sleep();
    this.#session?.send({ type: 'sleep' });
  }

  #fit(): void {
    const shown = this.#shown();
    if (shown.width <= 0 || shown.height <= 0) return;
    if (this.#frames && this.#frames.shrink > 1 && this.#needsSharper(shown)) {
      this.#reload();
      return;
    }
    this.#session?.send({ type: 'resize', shown });
  }

  /** Whether the sheets were kept smaller than they are now shown. */
  #needsSharper(shown: { width: number; height: number }): boolean {
    const { width, height, shrink } = this.#frames!;
    return shrink > 1 && Math.min(shown.width / width, shown.height / height) * shrink > 1.01;
  }

  /** Size of what the picture is fitted into, or of the whole picture where it covers the element; in device pixels. */
  #shown(): { width: number; height: number } {
    const { shown } = this.#corners.measure();
    const { width, height } = shown;
    const frame = this.#frames;
    if (!frame || getComputedStyle(this).getPropertyValue('--gaze-fit').trim() !== 'cover') return shown;
    const scale = Math.max(width / frame.width, height / frame.height);
    return { width: frame.width * scale, height: frame.height * scale };
  }

  // ---- appearance

  #setSize(): void {
    const width = this.width ?? this.#frames?.width;
    const height = this.height ?? this.#frames?.height;
    if (width && height) this.#parts.setSize(width, height);
  }

  #settings(): PlaybackSettings {
    const { smoothing, memory } = this;
    return { smoothing, memory, idle: this.idle && !reducedMotion().matches };
  }

  #sendSettings(): void {
    this.#session?.send({ type: 'settings', settings: this.#settings() });
  }

  #describe(): void {
    // Defaults: the page's own role and aria-label override them.
    if (!this.#internals) return;
    this.#internals.role = 'img';
    this.#internals.ariaLabel = this.label;
  }

  #showControls(): void {
    const parts = this.#parts;
    parts.controls.hidden = this.hideControls;
    parts.fullscreenButton.hidden = !this.ownerDocument.fullscreenEnabled;
    parts.gyroButton.hidden = !(hasTilt() && mustAskForTilt());
  }

  async #toggleFullscreen(): Promise<void> {
    const isOpen = (this.getRootNode() as Document | ShadowRoot).fullscreenElement === this;
    await (isOpen ? this.ownerDocument.exitFullscreen() : this.requestFullscreen()).catch(() => undefined);
  }
}

export interface GazeTracker {
  addEventListener<Name extends keyof GazeTrackerEventMap>(
    type: Name,
    listener: (this: GazeTracker, event: GazeTrackerEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Name extends keyof GazeTrackerEventMap>(
    type: Name,
    listener: (this: GazeTracker, event: GazeTrackerEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

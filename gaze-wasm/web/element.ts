// <gaze-tracker>: a face that looks where it is told.
import { Aiming, reducedMotion } from './aiming.js';
import { GazeAttributes } from './attributes.js';
import { parseAddress, portraitAddresses, type Address } from './address.js';
import { GazeErrorEvent, type GazeTrackerEventMap } from './events.js';
import { asGazeError, GazeError } from './failure.js';
import { Playback } from './playback.js';
import { prepareWorker } from './remote-painter.js';
import { attachShadowParts, type ShadowParts } from './shadow.js';
import type { Frames } from './source/frames.js';
import { openFrames, type SheetHints } from './source/open.js';
import { Stage } from './stage.js';
import { hasTilt, isHandheld, mustAskForTilt, Steering } from './steering.js';
import { loadWasm, type Player, type Wasm } from './wasm.js';

/** A phone's screen is narrower, in CSS pixels. */
const PHONE_WIDTH = 600;

export class GazeTracker extends GazeAttributes {
  readonly #parts: ShadowParts;
  readonly #internals: ElementInternals | undefined;
  readonly #steering: Steering;
  readonly #aiming: Aiming;
  #playback: Playback | undefined;
  #wasm: Wasm | undefined;
  #frames: Frames | undefined;
  #address: Address | undefined;
  #closeFrames: (() => void) | undefined;
  /** Changes with every load, so that what a former one still delivers is dropped. */
  #load = 0;
  #reloading = false;
  #isReady = false;
  #isVisible = false;
  #isPaused = false;
  #sight: IntersectionObserver | undefined;
  #sizes: ResizeObserver | undefined;
  /** Page-wide listeners of an element that is in sight, and of one that is awake. */
  #inSight: AbortController | undefined;
  #awake: AbortController | undefined;
  #pixelRatio = 0;
  /** What the last `gazechange` told. */
  #told = '';

  constructor() {
    super();
    this.#parts = attachShadowParts(this);
    this.#aiming = new Aiming(this, () => this.#playback?.request());
    this.#steering = new Steering(this, (wish) => {
      // It came without a question, or after one.
      if (wish.kind === 'tilt') this.#parts.gyroButton.hidden = true;
      this.#aiming.wish(wish);
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

  /** Where the face looks, each from -1 to 1: x to the viewer's right, y down. */
  get gaze(): { x: number; y: number } {
    const player = this.#playback?.player;
    return player ? { x: player.x, y: player.y } : { x: 0, y: 0 };
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

  // ---- life

  /** @internal */
  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0;
    this.#describe();
    this.#showControls();
    this.#sight ??= new IntersectionObserver((entries) => {
      this.#isVisible = entries.at(-1)?.isIntersecting ?? false;
      this.#update();
    });
    this.#sight.observe(this);
    if (!this.#closeFrames) this.#reload();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#sight?.disconnect();
    this.#isVisible = false;
    this.#update();
    // Moved elements are put back at once: what they have loaded is kept for them.
    queueMicrotask(() => {
      if (!this.isConnected) this.#unload();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    switch (name) {
      case 'smoothing':
        this.#playback?.player.setSmoothing(this.smoothing);
        break;
      case 'memory':
        this.#playback?.setMemory(this.memory);
        break;
      case 'idle':
        this.#setIdle();
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

  // ---- loading

  /** Loads anew once the running script has set all it wants to set. */
  #reload(): void {
    if (this.#reloading || !this.isConnected) return;
    this.#reloading = true;
    queueMicrotask(() => {
      this.#reloading = false;
      if (!this.isConnected) return;
      this.#unload();
      this.#setSize();
      if (this.src) this.#open();
    });
  }

  #unload(): void {
    this.#load++;
    this.#closeFrames?.();
    this.#closeFrames = undefined;
    this.#frames = undefined;
    this.#isReady = false;
    this.#playback?.close();
    this.#playback = undefined;
    this.#aiming.reset();
    this.#told = '';
    this.#parts.showCanvas(false);
    this.#parts.placeholder.hidden = false;
    this.#parts.setPortrait(undefined);
  }

  #open(): void {
    const load = this.#load;
    this.#address = parseAddress(this.src, this.baseURI);
    if (!this.#address) {
      this.#fail(new GazeError('format', `src="${this.src}" names no frames: use a folder, frames.gaze, four sheets separated by commas, or one sheet`));
      return;
    }
    this.#showPortrait(load, portraitAddresses(this.#address));
    prepareWorker();
    // Where the module cannot be had, the source says so.
    const wasm = loadWasm().then(
      (loaded) => (this.#wasm = loaded),
      () => undefined,
    );
    let isOpen: Promise<void> = wasm.then(() => undefined);
    const unlessStale = (run: () => void | Promise<void>) => {
      // One after another, whatever takes how long.
      isOpen = isOpen.then(async () => {
        if (load === this.#load) await run();
      });
    };
    this.#closeFrames = openFrames(this.#address, this.#hints(), {
      onOpen: (frames) => unlessStale(() => this.#onOpen(frames, load)),
      onCells: (cells) => unlessStale(() => this.#playback?.arrived(cells)),
      onProgress: (detail) => unlessStale(() => void this.#emit('progress', detail)),
      onError: (error) => unlessStale(() => this.#fail(error)),
    });
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

  async #onOpen(frames: Frames, load: number): Promise<void> {
    const wasm = this.#wasm;
    const parts = this.#parts;
    if (!wasm) return;
    this.#frames = frames;
    this.#setSize();
    const stage = await Stage.open(parts.renewCanvas(), frames, this.#shown());
    if (load !== this.#load) {
      stage.close();
      return;
    }
    const playback = new Playback(wasm, stage, frames, {
      onStep: (player, now) => {
        if (devicePixelRatio !== this.#pixelRatio) this.#fit();
        this.#aiming.step(wasm, player, frames.grid, now);
      },
      onGaze: (player) => this.#onGaze(player),
      onError: (error) => this.#fail(error),
    });
    this.#playback = playback;
    playback.player.setSmoothing(this.smoothing);
    playback.setMemory(this.memory);
    this.#setIdle();
    try {
      await playback.start();
    } catch (cause) {
      if (load !== this.#load) return;
      const error = asGazeError(cause, 'decode');
      this.#closeFrames?.();
      this.#fail(new GazeError('decode', `the first frame cannot be decoded, make the files again (${error.message})`, true, { cause }));
      return;
    }
    if (load !== this.#load) return;
    parts.showCanvas(true);
    parts.placeholder.hidden = true;
    parts.setPortrait(undefined);
    this.#isReady = true;
    this.#update();
    const { kind: source, grid, width, height } = frames;
    this.#emit('ready', { source, grid, width, height });
  }

  /** Shows the first portrait that is there until the first frame is. */
  #showPortrait(load: number, addresses: readonly string[]): void {
    const parts = this.#parts;
    const [first, ...rest] = addresses;
    if (!first || parts.slot.assignedElements().length) return;
    const portrait = new Image();
    portrait.alt = '';
    portrait.onload = () => {
      if (load !== this.#load || this.#isReady) return;
      parts.setPortrait(portrait);
      if (!this.#frames && !this.width) parts.setSize(portrait.naturalWidth, portrait.naturalHeight);
    };
    portrait.onerror = () => {
      if (load === this.#load && !this.#isReady) this.#showPortrait(load, rest);
    };
    portrait.src = first;
  }

  #fail(error: GazeError): void {
    this.dispatchEvent(new GazeErrorEvent(error));
  }

  #emit<Name extends 'ready' | 'progress' | 'gazechange'>(name: Name, detail: GazeTrackerEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // ---- waking and sleeping

  /** Wakes when in sight of someone, sleeps else. */
  #update(): void {
    const isInSight = this.isConnected && this.#isVisible;
    if (isInSight && !this.#inSight) {
      this.#inSight = new AbortController();
      document.addEventListener('visibilitychange', () => this.#update(), { signal: this.#inSight.signal });
    } else if (!isInSight) {
      this.#inSight?.abort();
      this.#inSight = undefined;
    }
    const isAwake = isInSight && this.#isReady && !this.#isPaused && !document.hidden;
    if (isAwake && !this.#awake) this.#wake();
    else if (!isAwake && this.#awake) this.#sleep();
  }

  #wake(): void {
    this.#awake = new AbortController();
    const { signal } = this.#awake;
    const onPageMoved = () => this.#aiming.pageMoved();
    addEventListener('scroll', onPageMoved, { passive: true, capture: true, signal });
    addEventListener('resize', onPageMoved, { passive: true, signal });
    reducedMotion().addEventListener('change', () => this.#setIdle(), { signal });
    this.#setIdle();
    this.#sizes ??= new ResizeObserver(() => this.#fit());
    this.#sizes.observe(this);
    this.#steering.start();
    // Where no one has to be asked, a device that is held steers by its tilt. Elsewhere nothing comes.
    if (hasTilt()) this.#steering.startTilt();
    this.#fit();
    this.#playback?.wake();
  }

  #sleep(): void {
    this.#awake?.abort();
    this.#awake = undefined;
    this.#sizes?.disconnect();
    this.#steering.stop();
    this.#aiming.stop();
    this.#playback?.sleep();
  }

  #fit(): void {
    const shown = this.#shown();
    if (shown.width <= 0 || shown.height <= 0) return;
    this.#pixelRatio = devicePixelRatio;
    if (this.#frames && this.#frames.shrink > 1 && this.#needsSharper(shown)) {
      this.#reload();
      return;
    }
    this.#playback?.fit(shown);
  }

  /** Whether sheets were kept smaller than they are shown by now. */
  #needsSharper(shown: { width: number; height: number }): boolean {
    const { width, height, shrink } = this.#frames!;
    return shrink > 1 && Math.min(shown.width / width, shown.height / height) * shrink > 1.01;
  }

  /** Size on screen in device pixels. */
  #shown(): { width: number; height: number } {
    return { width: this.clientWidth * devicePixelRatio, height: this.clientHeight * devicePixelRatio };
  }

  // ---- steering

  #onGaze(player: Player): void {
    const last = (this.#frames?.grid ?? 1) - 1;
    const { x, y } = player;
    const index = (value: number) => Math.round(((value + 1) / 2) * last);
    const [row, col] = [index(y), index(x)];
    const told = `${row} ${col} ${player.settled}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#emit('gazechange', { x, y, row, col });
  }

  // ---- looks

  #setSize(): void {
    const width = this.width ?? this.#frames?.width;
    const height = this.height ?? this.#frames?.height;
    if (width && height) this.#parts.setSize(width, height);
  }

  #setIdle(): void {
    this.#playback?.player.setIdle(this.idle && !reducedMotion().matches);
    this.#playback?.request();
  }

  #describe(): void {
    // Defaults that the page's own role and aria-label go before.
    if (!this.#internals) return;
    this.#internals.role = 'img';
    this.#internals.ariaLabel = this.label;
  }

  #showControls(): void {
    const parts = this.#parts;
    parts.controls.hidden = this.hideControls;
    parts.fullscreenButton.hidden = !document.fullscreenEnabled;
    parts.gyroButton.hidden = !(hasTilt() && mustAskForTilt());
  }

  async #toggleFullscreen(): Promise<void> {
    const isOpen = (this.getRootNode() as Document | ShadowRoot).fullscreenElement === this;
    await (isOpen ? document.exitFullscreen() : this.requestFullscreen()).catch(() => undefined);
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

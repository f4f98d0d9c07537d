// Shows frames: decodes those along the gaze's path, and drops others.
import type { FrameScaler } from './frame-scaler.js';
import { GazeError } from './failure.js';
import type { Layer } from './painter.js';
import type { Picture } from './picture.js';
import type { Frames } from './source/frames.js';
import type { Size } from './source/shrink.js';
import type { Player, Wasm } from './wasm.js';

/** Frames decoded at a time: more would only wait for each other. */
const DECODES_IN_FLIGHT = 4;
/** With fewer decoded frames there is none to spare beside those that are blended. */
const LEAST_CAPACITY = 6;

export interface PictureHooks {
  /** Something has changed: a step is wanted. */
  request(): void;
  /** What is damaged is left out. */
  onError(error: GazeError): void;
}

/** All that are awake: they share the page's memory. */
const awake = new Set<FramePicture>();

export class FramePicture implements Picture {
  readonly #wasm: Wasm;
  readonly #player: Player;
  readonly #scaler: FrameScaler;
  readonly #frames: Frames;
  readonly #hooks: PictureHooks;
  #memory = 0;
  /** Changes whenever decoded frames become useless, so that late ones are dropped. */
  #generation = 0;
  #hasFailed = false;

  constructor(wasm: Wasm, player: Player, scaler: FrameScaler, frames: Frames, hooks: PictureHooks) {
    player.setFrames(frames.grid, frames.order);
    this.#wasm = wasm;
    this.#player = player;
    this.#scaler = scaler;
    this.#frames = frames;
    this.#hooks = hooks;
  }

  get canBlink(): boolean {
    return this.#scaler.canBlink;
  }

  /** Shows the still image. Rejects where it is damaged. */
  async start(): Promise<void> {
    this.#player.setMovingSide(this.#scaler.movingSide);
    this.#updateCapacity();
    await this.#scaler.drawStill();
    void this.#decodeEyelids();
  }

  arrived(cells: readonly number[]): void {
    for (const cell of cells) this.#player.arrived(cell);
    void this.#decodeEyelids();
    // A face at rest that was never aimed needs no frames.
    if (this.#player.aimed) this.#hooks.request();
  }

  resize(shown: Size): void {
    const isAnew = this.#scaler.resize(shown);
    this.#player.setMovingSide(this.#scaler.movingSide);
    if (!isAnew) return;
    this.#discardAll();
    // The still image was decoded before: where it fails now, the old picture stays.
    void this.start().catch(() => undefined).then(() => this.#hooks.request());
  }

  setMemory(bytes: number): void {
    this.#memory = bytes;
    this.#updateCapacity();
  }

  wake(): void {
    awake.add(this);
    for (const picture of awake) picture.#updateCapacity();
    void this.#decodeEyelids();
  }

  sleep(): void {
    awake.delete(this);
    for (const picture of awake) picture.#updateCapacity();
    this.#discardAll();
  }

  close(): void {
    this.#generation++;
    this.#scaler.close();
  }

  draw(): void {
    const layers: Layer[] = [];
    for (let i = 0; i < this.#player.layerCount(); i++) {
      layers.push([this.#player.layerCell(i), this.#player.layerWeight(i)]);
    }
    const { closing, shownX, shownY } = this.#player;
    this.#scaler.draw(layers, closing ? [shownX, shownY, closing] : undefined);
  }

  prepare(): void {
    if (!awake.has(this)) return;
    // First: it makes room for what is decoded next.
    this.#evict();
    const next = () => this.#player.nextDecode(DECODES_IN_FLIGHT);
    for (let cell = next(); cell >= 0; cell = next()) void this.#decode(cell, this.#generation);
  }

  /** Once it has arrived, while awake. Where it is damaged the face does not blink. */
  async #decodeEyelids(): Promise<void> {
    const { blink } = this.#frames;
    if (!blink || this.canBlink || !awake.has(this)) return;
    await this.#scaler.decodeEyelids(blink, this.#wasm.webpSize).catch(() => undefined);
    this.#hooks.request();
  }

  async #decode(cell: number, generation: number): Promise<void> {
    const image = this.#frames.blob(cell);
    try {
      if (!image) throw new Error('it has not arrived');
      await this.#scaler.decode(cell, image);
      if (generation !== this.#generation) return;
      // Refused where the capacity has shrunk meanwhile.
      if (!this.#player.decoded(cell)) this.#scaler.discard([cell]);
    } catch (cause) {
      if (generation !== this.#generation) return;
      this.#player.failed(cell);
      this.#fail(cause);
    }
    this.#hooks.request();
  }

  #fail(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#hooks.onError(
      new GazeError('decode', 'a frame is damaged and is left out: make the files again', false, { cause }),
    );
  }

  #updateCapacity(): void {
    const bytes = this.#memory / Math.max(awake.size, 1);
    this.#player.setCapacity(Math.max(LEAST_CAPACITY, Math.floor(bytes / this.#scaler.frameBytes)));
    this.#evict();
  }

  #evict(): void {
    const cells: number[] = [];
    for (let cell = this.#player.nextEviction(); cell >= 0; cell = this.#player.nextEviction()) cells.push(cell);
    if (cells.length) this.#scaler.discard(cells);
  }

  #discardAll(): void {
    this.#generation++;
    this.#player.forgetDecoded();
    this.#scaler.discard();
  }
}

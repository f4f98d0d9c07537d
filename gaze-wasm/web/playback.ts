// Moves the gaze, decodes the frames along its path and draws them. Requests an animation frame only while something
// moves, and a timer only where idle motion is due.
import { GazeError } from './failure.js';
import type { Aim, PlaybackSettings } from './protocol.js';
import type { Frames } from './source/frames.js';
import type { Size } from './source/shrink.js';
import type { Layer } from './painter.js';
import type { FrameScaler } from './frame-scaler.js';
import type { Player, Wasm } from './wasm.js';

const DRAW = 1;
const MOVES = 2;
/** Frames decoded at a time: more would only wait for each other. */
const DECODES_IN_FLIGHT = 4;
/** With fewer decoded frames there is none to spare beside those that are blended. */
const LEAST_CAPACITY = 6;
const MEBIBYTE = 1 << 20;
/** How far an arrow key moves the gaze, of -1 to 1. */
const KEY_STEP = 0.2;

export interface PlaybackHooks {
  /** Called after each step: the gaze may have moved, or come to rest. */
  onGaze(player: Player): void;
  /** A frame is damaged. */
  onError(error: GazeError): void;
}

/** x to the viewer's right and y down, each from -1 to 1. */
type Direction = readonly [x: number, y: number];

/** All that are awake: they share the page's memory. */
const awake = new Set<Playback>();

export class Playback {
  readonly player: Player;
  readonly #wasm: Wasm;
  readonly #scaler: FrameScaler;
  readonly #hooks: PlaybackHooks;
  readonly #frames: Frames;
  #memory = 64 * MEBIBYTE;
  /** Whether a step has been requested. */
  #isRequested = false;
  /** Changes with each sleep: steps that were requested before it are stale. */
  #wakePeriod = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Changes whenever decoded frames become useless, so that late ones are dropped. */
  #generation = 0;
  #isAwake = false;
  #hasFailed = false;
  /** Where to look from the next step on. */
  #aim: { aim: Aim; cut: boolean } | undefined;
  /** The last direction passed to the player. Each is passed once: from then on it chooses the nearest sharp frame. */
  #passed: Direction | undefined;

  constructor(wasm: Wasm, scaler: FrameScaler, frames: Frames, hooks: PlaybackHooks) {
    this.player = new wasm.Player((Math.random() * 0xffffffff) >>> 0);
    this.player.setFrames(frames.grid, frames.order);
    this.#wasm = wasm;
    this.#scaler = scaler;
    this.#frames = frames;
    this.#hooks = hooks;
  }

  /** Shows the still image. Rejects where it is damaged. */
  async start(): Promise<void> {
    this.#updateCapacity();
    await this.#scaler.drawStill();
  }

  arrived(cells: readonly number[]): void {
    for (const cell of cells) this.player.arrived(cell);
    // A face at rest that was never aimed needs no frames.
    if (!this.player.settled || this.player.cell >= 0) this.request();
  }

  /** Follows the size on screen. */
  resize(shown: Size): void {
    if (!this.#scaler.resize(shown)) return;
    this.#discardAll();
    // The still image was decoded before: where it fails now, the old picture stays.
    void this.start().catch(() => undefined).then(() => this.request());
  }

  /** `memory` is for all that are awake together. */
  setSettings({ smoothing, memory, idle }: PlaybackSettings): void {
    this.player.setSmoothing(smoothing);
    this.player.setIdle(idle);
    this.#memory = memory * MEBIBYTE;
    this.#updateCapacity();
    this.request();
  }

  aim(aim: Aim, cut: boolean): void {
    const before = this.#aim?.aim;
    // Several presses of a key may come between two frames.
    const isRepeated = aim.kind === 'step' && before?.kind === 'step';
    this.#aim = { aim: isRepeated ? { ...aim, x: before.x + aim.x, y: before.y + aim.y } : aim, cut };
    this.request();
  }

  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    awake.add(this);
    for (const playback of awake) playback.#updateCapacity();
    this.request();
  }

  /** Stops everything and discards decoded frames; the canvas keeps its picture. */
  sleep(): void {
    if (!this.#isAwake) return;
    this.#isAwake = false;
    awake.delete(this);
    for (const playback of awake) playback.#updateCapacity();
    this.#wakePeriod++;
    this.#isRequested = false;
    clearTimeout(this.#timer);
    this.#discardAll();
  }

  /** Requests one step with the next frame of the screen. */
  request(): void {
    if (!this.#isAwake || this.#isRequested) return;
    clearTimeout(this.#timer);
    this.#isRequested = true;
    const period = this.#wakePeriod;
    requestAnimationFrame(() => {
      if (period === this.#wakePeriod) this.#step(performance.now());
    });
  }

  close(): void {
    this.sleep();
    this.#generation++;
    this.#scaler.close();
    this.player.free();
  }

  #step(now: number): void {
    this.#isRequested = false;
    const { player } = this;
    this.#takeAim(now);
    if (player.idleWait(now) <= 0) player.glance(now);
    const flags = player.tick(now);
    if (flags & DRAW) this.#draw();
    this.#decode();
    if (player.cell >= 0) this.#hooks.onGaze(player);
    if (flags & MOVES) {
      this.request();
      return;
    }
    const wait = player.idleWait(now);
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.request(), Math.max(wait, 0));
  }

  /** Passes on to the player where to look, if that has changed. */
  #takeAim(now: number): void {
    if (!this.#aim) return;
    const { aim, cut } = this.#aim;
    this.#aim = undefined;
    const [x, y] = this.#direction(aim);
    if (x === this.#passed?.[0] && y === this.#passed[1]) return;
    this.#passed = [x, y];
    this.player.aim(x, y, now);
    if (cut) this.player.cut(now);
  }

  #direction(aim: Aim): Direction {
    switch (aim.kind) {
      case 'point':
        return pair(this.#wasm.pointerAim(aim.x, aim.y, aim.centreX, aim.centreY, aim.width, aim.height));
      case 'tilt':
        return pair(this.#wasm.tiltAim(aim.beta, aim.gamma, aim.angle));
      case 'step': {
        // A step leads to another cell at least: the gaze comes to rest on cells.
        const step = Math.max(KEY_STEP, 2 / (this.#frames.grid - 1));
        return [clamp(this.player.targetX + aim.x * step), clamp(this.player.targetY + aim.y * step)];
      }
      case 'direction':
        return [clamp(aim.x), clamp(aim.y)];
    }
  }

  #draw(): void {
    const layers: Layer[] = [];
    for (let i = 0; i < this.player.layerCount(); i++) {
      layers.push([this.player.layerCell(i), this.player.layerWeight(i)]);
    }
    this.#scaler.draw(layers);
  }

  #decode(): void {
    if (!this.#isAwake) return;
    // First: it makes room for what is decoded next.
    this.#evict();
    for (let cell = this.player.nextDecode(DECODES_IN_FLIGHT); cell >= 0; cell = this.player.nextDecode(DECODES_IN_FLIGHT)) {
      void this.#decodeCell(cell, this.#generation);
    }
  }

  async #decodeCell(cell: number, generation: number): Promise<void> {
    const image = this.#frames.blob(cell);
    try {
      if (!image) throw new Error('it has not arrived');
      await this.#scaler.decode(cell, image);
      if (generation !== this.#generation) return;
      // Refused where the capacity has shrunk meanwhile.
      if (!this.player.decoded(cell)) this.#scaler.discard([cell]);
    } catch (cause) {
      if (generation !== this.#generation) return;
      this.player.failed(cell);
      this.#fail(cause);
    }
    this.request();
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
    this.player.setCapacity(Math.max(LEAST_CAPACITY, Math.floor(bytes / this.#scaler.frameBytes)));
    this.#evict();
  }

  #evict(): void {
    const cells: number[] = [];
    for (let cell = this.player.nextEviction(); cell >= 0; cell = this.player.nextEviction()) cells.push(cell);
    if (cells.length) this.#scaler.discard(cells);
  }

  #discardAll(): void {
    this.#generation++;
    this.player.forgetDecoded();
    this.#scaler.discard();
  }
}

function pair(values: Float64Array): Direction {
  return [values[0] ?? 0, values[1] ?? 0];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

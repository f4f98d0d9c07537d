// Moves the gaze and has it drawn. Requests an animation frame only while something moves, and a timer only where a glance or
// a blink is due.
import type { Axes } from './geometry.js';
import type { Picture } from './picture.js';
import type { Aim, PlaybackSettings } from './protocol.js';
import type { Size } from './source/shrink.js';
import type { Player, Wasm } from './wasm.js';

const DRAW = 1;
const MOVES = 2;
const MEBIBYTE = 1 << 20;
/** With few pictures a second, the screen's frames are not followed until this long before the next one, in
 * milliseconds: one at 60 Hz. */
const LEAD_MS = 16;
/** How far an arrow key moves the gaze, of -1 to 1. */
const KEY_STEP = 0.2;

/** x to the viewer's right and y down, each from -1 to 1. */
type Direction = readonly [x: number, y: number];

export class Playback {
  readonly #wasm: Wasm;
  readonly #player: Player;
  readonly #picture: Picture;
  /** Cells a side. */
  readonly #grid: number;
  readonly #onGaze: () => void;
  /** Whether a step has been requested. */
  #isRequested = false;
  /** Changes with each sleep: steps that were requested before it are stale. */
  #wakePeriod = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAwake = false;
  /** Whether it blinks by itself, where the picture can. */
  #blinks = false;
  /** Milliseconds from one picture to the next at least, and when the next one is due. */
  #interval = 0;
  #due = 0;
  /** Where to look from the next step on. */
  #aim: { aim: Aim; cut: boolean } | undefined;
  /** The last direction passed to the player. Each is passed once: from then on it chooses the nearest sharp frame. */
  #passed: Direction | undefined;

  /** Owns `player` and `picture`. Calls `onGaze` after each step: the gaze may have moved, or come to rest. */
  constructor(wasm: Wasm, player: Player, picture: Picture, grid: number, onGaze: () => void) {
    this.#wasm = wasm;
    this.#player = player;
    this.#picture = picture;
    this.#grid = grid;
    this.#onGaze = onGaze;
  }

  arrived(cells: readonly number[]): void {
    this.#picture.arrived(cells);
  }

  /** Follows the size on screen. */
  resize(shown: Size): void {
    this.#picture.resize(shown);
  }

  /** `memory` is for all that are awake together. */
  setSettings({ smoothing, memory, idle, blink, maxFps }: PlaybackSettings): void {
    this.#interval = maxFps ? 1000 / maxFps : 0;
    this.#player.setSmoothing(smoothing);
    this.#player.setIdle(idle);
    this.#blinks = blink;
    this.#picture.setMemory(memory * MEBIBYTE);
    this.request();
  }

  aim(aim: Aim, cut: boolean): void {
    const before = this.#aim?.aim;
    // Several presses of a key may come between two frames.
    const isRepeated = aim.kind === 'step' && before?.kind === 'step';
    this.#aim = { aim: isRepeated ? { ...aim, x: before.x + aim.x, y: before.y + aim.y } : aim, cut };
    this.request();
  }

  /** Blinks once, where the picture can. */
  blink(): void {
    if (!this.#picture.canBlink) return;
    this.#player.blink();
    this.request();
  }

  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#picture.wake();
    this.request();
  }

  /** Stops everything; the canvas keeps its picture, with open eyes. */
  sleep(): void {
    if (!this.#isAwake) return;
    if (this.#player.openEyes()) this.#picture.draw();
    this.#isAwake = false;
    this.#wakePeriod++;
    this.#isRequested = false;
    clearTimeout(this.#timer);
    this.#picture.sleep();
  }

  /** Requests one step with the next frame of the screen for which a picture is due. */
  request(): void {
    if (!this.#isAwake || this.#isRequested) return;
    clearTimeout(this.#timer);
    this.#isRequested = true;
    const period = this.#wakePeriod;
    const onFrame = () => {
      if (period !== this.#wakePeriod) return;
      const now = performance.now();
      // Frames of the screen come a little early, too.
      if (now < this.#due - this.#interval / 4) requestAnimationFrame(onFrame);
      else this.#step(now);
    };
    const wait = this.#interval && this.#due - performance.now() - LEAD_MS;
    if (wait > 0) this.#timer = setTimeout(() => requestAnimationFrame(onFrame), wait);
    else requestAnimationFrame(onFrame);
  }

  close(): void {
    this.sleep();
    this.#picture.close();
    this.#player.free();
  }

  #step(now: number): void {
    this.#isRequested = false;
    // One that came late does not delay those after it, so that on average they are as many as asked for.
    this.#due = (now - this.#due < this.#interval ? this.#due : now) + this.#interval;
    const player = this.#player;
    this.#takeAim(now);
    player.setBlinking(this.#blinks && this.#picture.canBlink);
    player.glance(now);
    const flags = player.tick(now);
    if (flags & DRAW) this.#picture.draw();
    this.#picture.prepare();
    if (player.aimed) this.#onGaze();
    if (flags & MOVES) {
      this.request();
      return;
    }
    const wait = player.wait(now);
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
    this.#player.aim(x, y, now);
    if (cut) this.#player.cut(now);
  }

  #direction(aim: Aim): Direction {
    switch (aim.kind) {
      case 'point':
        return turned(pair(this.#wasm.pointerAim(aim.x, aim.y, aim.centreX, aim.centreY, aim.width, aim.height)), aim.axes);
      case 'tilt':
        return turned(pair(this.#wasm.tiltAim(aim.beta, aim.gamma, aim.angle)), aim.axes);
      case 'step': {
        // A step leads to another cell at least: with frames the gaze comes to rest on cells.
        const step = Math.max(KEY_STEP, 2 / (this.#grid - 1));
        const [x, y] = turned([aim.x, aim.y], aim.axes);
        return [clamp(this.#player.targetX + x * step), clamp(this.#player.targetY + y * step)];
      }
      case 'direction':
        return [clamp(aim.x), clamp(aim.y)];
    }
  }
}

function pair(values: Float64Array): Direction {
  return [values[0] ?? 0, values[1] ?? 0];
}

/** From the screen's axes to the picture's own; as far from the middle, so that every frame can be reached. */
function turned([x, y]: Direction, axes: Axes | undefined): Direction {
  if (!axes) return [x, y];
  const [right, down] = [x * axes[0] + y * axes[1], x * axes[2] + y * axes[3]];
  const stretch = Math.max(Math.abs(x), Math.abs(y)) / Math.max(Math.abs(right), Math.abs(down)) || 0;
  return [right * stretch, down * stretch];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

// Shows a rig, at about the size at which it is on screen.
import { asGazeError } from './failure.js';
import type { PictureHooks } from './frame-picture.js';
import type { Picture } from './picture.js';
import type { RigPainter } from './rig-painter.js';
import { keepRigsUpTo, type Rig } from './source/rig.js';
import { fitted, type Size } from './source/shrink.js';
import type { Player } from './wasm.js';

/** A size is followed once it has not changed for this long, in milliseconds. */
const REST_BEFORE_RESIZE_MS = 200;
/** Shown larger than drawn by more than this, it is blurred, and by more than that so much that nothing is waited for. */
const BLURRED = 1.02;
const MUCH_BLURRED = 1.5;
/** Drawn larger than shown by more than this, it costs more than it need. */
const WASTEFUL = 1.3;

export class RigPicture implements Picture {
  readonly #player: Player;
  readonly #painter: RigPainter;
  readonly #rig: Rig;
  readonly #hooks: PictureHooks;
  /** As it is drawn, and as it should be, in device pixels. */
  #size: Size;
  #wanted: Size;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAwake = false;
  /** Whether the painter has the rig, at this size. */
  #isReady = false;

  /** `player` has no frames. */
  constructor(player: Player, painter: RigPainter, rig: Rig, shown: Size, hooks: PictureHooks) {
    this.#player = player;
    this.#painter = painter;
    this.#rig = rig;
    this.#hooks = hooks;
    this.#size = this.#wanted = fitted(rig, shown);
  }

  get canBlink(): boolean {
    return this.#rig.canBlink;
  }

  async start(): Promise<void> {
    await this.#painter.resize(this.#size);
    this.#isReady = true;
    this.#draw();
  }

  /** A rig has no cells. */
  arrived(): void {
    return undefined;
  }

  resize(shown: Size): void {
    this.#wanted = fitted(this.#rig, shown);
    clearTimeout(this.#timer);
    if (!this.#isAwake) return;
    const growth = this.#wanted.width / this.#size.width;
    if (growth <= BLURRED && growth * WASTEFUL >= 1) return;
    this.#timer = setTimeout(() => this.#follow(), growth > MUCH_BLURRED ? 0 : REST_BEFORE_RESIZE_MS);
  }

  setMemory(bytes: number): void {
    keepRigsUpTo(bytes);
  }

  draw(): void {
    try {
      this.#draw();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  prepare(): void {
    return undefined;
  }

  wake(): void {
    this.#isAwake = true;
    if (!this.#isReady || this.#size !== this.#wanted) this.#follow();
  }

  sleep(): void {
    this.#isAwake = false;
    clearTimeout(this.#timer);
    this.#isReady = false;
    this.#painter.release();
  }

  close(): void {
    this.sleep();
  }

  #draw(): void {
    const { x, y, closing } = this.#player;
    this.#painter.draw(x, y, closing);
  }

  /** Draws at the size that is wanted. */
  #follow(): void {
    this.#size = this.#wanted;
    this.#painter.resize(this.#size).then(
      () => {
        if (!this.#isAwake) return;
        this.#isReady = true;
        this.#player.redraw();
        this.#hooks.request();
      },
      (cause: unknown) => this.#fail(cause),
    );
  }

  #fail(cause: unknown): void {
    this.#hooks.onError(asGazeError(cause, 'wasm'));
  }
}

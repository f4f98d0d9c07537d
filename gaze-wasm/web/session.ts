// One load of one element: opens the frames, waits for a canvas, and plays.
import { asGazeError, GazeError } from './failure.js';
import type { Manner, News, Order } from './orders.js';
import { Playback } from './playback.js';
import type { Frames } from './source/frames.js';
import { openFrames } from './source/open.js';
import type { Size } from './source/shrink.js';
import { Stage } from './stage.js';
import { loadWasm, type Player, type Wasm } from './wasm.js';

type Told<T> = T extends unknown ? Omit<T, 'scene'> : never;
/** News of this scene. */
type SceneNews = Told<News>;

export class Scene {
  readonly #tell: (news: SceneNews) => void;
  readonly #closeFrames: () => void;
  #manner: Manner;
  #playback: Playback | undefined;
  /** Hands over the canvas that is waited for; nothing where the scene is closed meanwhile. */
  #onStage: ((stage?: { canvas: HTMLCanvasElement | OffscreenCanvas; shown: Size }) => void) | undefined;
  #isClosed = false;
  /** What the last news of the gaze was about. */
  #told = '';

  constructor(order: Extract<Order, { do: 'open' }>, tell: (news: SceneNews) => void) {
    this.#tell = tell;
    this.#manner = order.manner;
    // Where the module cannot be had, the source says so.
    const wasm = loadWasm().catch(() => undefined);
    let last: Promise<unknown> = wasm;
    const inTurn = (run: () => void | Promise<void>): Promise<void> => {
      // One after another, whatever takes how long.
      const turn = last.then(() => (this.#isClosed ? undefined : run()));
      last = turn;
      return turn;
    };
    this.#closeFrames = openFrames(order.address, order.hints, {
      onOpen: (frames) => inTurn(async () => this.#open(await wasm, frames)),
      onCells: (cells) => void inTurn(() => this.#playback?.arrived(cells)),
      onProgress: (detail) => void inTurn(() => this.#tell({ tell: 'progress', detail })),
      onError: (error) => void inTurn(() => this.#fail(error)),
    });
  }

  /** None before the canvas is there. */
  get playback(): Playback | undefined {
    return this.#playback;
  }

  setStage(canvas: HTMLCanvasElement | OffscreenCanvas, shown: Size): void {
    this.#onStage?.({ canvas, shown });
  }

  setManner(manner: Manner): void {
    this.#manner = manner;
    this.#playback?.setManner(manner);
  }

  close(): void {
    this.#isClosed = true;
    this.#onStage?.();
    this.#closeFrames();
    this.#playback?.close();
    this.#playback = undefined;
  }

  async #open(wasm: Wasm | undefined, frames: Frames): Promise<void> {
    if (!wasm) return;
    const { kind, grid, width, height, shrink } = frames;
    this.#tell({ tell: 'open', frames: { kind, grid, width, height, shrink } });
    const stage = await new Promise<{ canvas: HTMLCanvasElement | OffscreenCanvas; shown: Size } | undefined>(
      (resolve) => (this.#onStage = resolve),
    );
    if (!stage || this.#isClosed) return;
    this.#playback = new Playback(wasm, new Stage(stage.canvas, frames, stage.shown), frames, {
      onGaze: (player) => this.#onGaze(player, grid),
      onError: (error) => this.#fail(error),
    });
    this.#playback.setManner(this.#manner);
    try {
      await this.#playback.start();
    } catch (cause) {
      if (this.#isClosed) return;
      this.#closeFrames();
      this.#fail(new GazeError('decode', `the first frame cannot be decoded, make the files again (${asGazeError(cause, 'decode').message})`));
      return;
    }
    if (!this.#isClosed) this.#tell({ tell: 'ready' });
  }

  #onGaze(player: Player, grid: number): void {
    const { x, y } = player;
    const index = (value: number) => Math.round(((value + 1) / 2) * (grid - 1));
    const [row, col] = [index(y), index(x)];
    const told = `${row} ${col} ${player.settled}`;
    if (told === this.#told) return;
    this.#told = told;
    this.#tell({ tell: 'gaze', detail: { x, y, row, col } });
  }

  #fail({ code, message, fatal }: GazeError): void {
    this.#tell({ tell: 'error', code, message, fatal });
  }
}

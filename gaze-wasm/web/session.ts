// One load of one element: opens the source, waits for a canvas, and plays.
import { compressed } from './compressed.js';
import { asGazeError, GazeError } from './failure.js';
import { FramePicture, type PictureHooks } from './frame-picture.js';
import { FrameScaler } from './frame-scaler.js';
import type { Picture } from './picture.js';
import { Playback } from './playback.js';
import type { Command, PlaybackSettings, SessionEvent } from './protocol.js';
import { WasmRigPainter } from './rig-painter.js';
import { RigPicture } from './rig-picture.js';
import type { Source } from './source/frames.js';
import { openSource } from './source/open.js';
import type { Size } from './source/shrink.js';
import { loadWasm, type Player, type Wasm } from './wasm.js';

interface ShownCanvas {
  canvas: HTMLCanvasElement | OffscreenCanvas;
  shown: Size;
}

export class Session {
  readonly #send: (event: SessionEvent) => void;
  readonly #closeSource: () => void;
  readonly #name: string;
  #settings: PlaybackSettings;
  #playback: Playback | undefined;
  #canvas: HTMLCanvasElement | OffscreenCanvas | undefined;
  /** Takes the canvas that is waited for; nothing where the session is closed meanwhile. */
  #onCanvas: ((canvas?: ShownCanvas) => void) | undefined;
  #isClosed = false;
  /** Where the last `gaze` event said that the face looks, and whether the gaze was at rest. */
  #reported = '';

  constructor(command: Extract<Command, { type: 'open' }>, send: (event: SessionEvent) => void) {
    this.#send = send;
    this.#name = command.name;
    this.#settings = command.settings;
    // Where the module cannot be loaded, the source reports it.
    const wasm = loadWasm().catch(() => undefined);
    let last: Promise<unknown> = wasm;
    // One after another, however long each takes.
    const inTurn = (run: () => void | Promise<void>): Promise<void> => {
      const turn = last
        .then(() => (this.#isClosed ? undefined : run()))
        .catch((cause: unknown) => this.#abort(asGazeError(cause, 'wasm')));
      last = turn;
      return turn;
    };
    this.#closeSource = openSource(command.address, command.hints, {
      onOpen: (source) => inTurn(async () => this.#open(await wasm, source)),
      onCells: (cells) => void inTurn(() => this.#playback?.arrived(cells)),
      onProgress: ({ hasAlpha, ...detail }) => void inTurn(() => this.#send({ type: 'progress', detail, hasAlpha })),
      onError: (error) => void inTurn(() => this.#report(error)),
    });
  }

  /** None before the canvas is there. */
  get playback(): Playback | undefined {
    return this.#playback;
  }

  setCanvas(canvas: HTMLCanvasElement | OffscreenCanvas, shown: Size): void {
    this.#canvas = canvas;
    this.#onCanvas?.({ canvas, shown });
  }

  setSettings(settings: PlaybackSettings): void {
    this.#settings = settings;
    this.#playback?.setSettings(settings);
  }

  /** Sends the picture on the canvas. */
  async snapshot({ number, format, quality }: Extract<Command, { type: 'snapshot' }>): Promise<void> {
    const canvas = this.#canvas;
    const options = quality === undefined ? { type: format } : { type: format, quality };
    const picture = await (canvas && compressed(canvas, options).catch(() => undefined));
    this.#send({ type: 'snapshot', number, picture });
  }

  /** Stops for good. The canvas keeps its picture. */
  freeze(): void {
    this.#isClosed = true;
    this.#onCanvas?.();
    // First: it gives back what it has from the source.
    this.#playback?.close();
    this.#playback = undefined;
    this.#closeSource();
  }

  /** Stops for good and releases all memory. */
  close(): void {
    this.freeze();
    if (this.#canvas) {
      // The page's canvas keeps the last picture that was drawn here until both ends are collected, which may take long: it
      // gets one of a single pixel.
      this.#canvas.width = this.#canvas.height = 1;
      (this.#canvas.getContext('2d') as OffscreenCanvasRenderingContext2D | null)?.clearRect(0, 0, 1, 1);
    }
    this.#canvas = undefined;
  }

  async #open(wasm: Wasm | undefined, source: Source): Promise<void> {
    if (!wasm) return;
    const { kind, grid, width, height, shrink } = source;
    this.#send({ type: 'open', frames: { kind, grid, width, height, shrink } });
    const given = await new Promise<ShownCanvas | undefined>((resolve) => (this.#onCanvas = resolve));
    if (!given || this.#isClosed) return;
    const player = new wasm.Player((Math.random() * 0xffffffff) >>> 0);
    const picture = this.#pictureOf(wasm, player, source, given);
    this.#playback = new Playback(wasm, player, picture, grid, () => this.#reportGaze(player, source));
    this.#playback.setSettings(this.#settings);
    try {
      await picture.start();
    } catch (cause) {
      if (cause instanceof GazeError) throw cause;
      throw new GazeError('decode', `the first frame cannot be decoded, make the files again (${asGazeError(cause, 'decode').message})`);
    }
    if (!this.#isClosed) this.#send({ type: 'ready' });
  }

  #pictureOf(wasm: Wasm, player: Player, source: Source, { canvas, shown }: ShownCanvas): Picture {
    const hooks: PictureHooks = {
      request: () => this.#playback?.request(),
      // Not at once: a step may be under way.
      onError: (error) => (error.fatal ? queueMicrotask(() => this.#abort(error)) : this.#report(error)),
    };
    if (source.kind !== 'rig') return new FramePicture(wasm, player, new FrameScaler(canvas, source, shown), source, hooks);
    return new RigPicture(player, new WasmRigPainter(canvas, source), source, shown, hooks);
  }

  /** Gives up: nothing can be played. */
  #abort(error: GazeError): void {
    if (this.#isClosed) return;
    this.close();
    this.#report(error);
  }

  #reportGaze(player: Player, { kind, grid }: Source): void {
    const { x, y } = player;
    const index = (value: number) => Math.round(((value + 1) / 2) * (grid - 1));
    const [row, col] = [index(y), index(x)];
    // A rig looks between cells as well.
    const state = `${kind === 'rig' ? [y, x] : [row, col]} ${player.settled}`;
    if (state === this.#reported) return;
    this.#reported = state;
    this.#send({ type: 'gaze', detail: { x, y, row, col } });
  }

  #report({ code, message, fatal }: GazeError): void {
    // What of the player itself is missing has nothing to do with the face.
    const sentence = this.#name && code !== 'wasm' ? `${this.#name}: ${message}` : message;
    this.#send({ type: 'error', code, message: sentence, fatal });
  }
}

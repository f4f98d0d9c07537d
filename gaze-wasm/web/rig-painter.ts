// Draws a rig on a canvas: WebAssembly draws into its own memory, and what gazes change is put from there.
import type { LiveRig } from './rig-wasm.js';
import type { Rig } from './source/rig.js';
import type { Size } from './source/shrink.js';

/** What draws a rig, whichever way. */
export interface RigPainter {
  /** Draws at this size from now on, in device pixels. Until it resolves, the size before is drawn. */
  resize(size: Size): Promise<void>;
  /** Draws a gaze, each from -1 to 1: x to the viewer's right, y down; `closing`, 0 to 1, is how far the eyes are closed. Nothing
   * before the first `resize`. */
  draw(x: number, y: number, closing: number): void;
  /** Lets go of the rig; the canvas keeps its picture. `resize` takes it again. */
  release(): void;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws with WebAssembly. */
export class WasmRigPainter implements RigPainter {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #rig: Rig;
  #context: Context | undefined;
  #live: LiveRig | undefined;
  #size: Size | undefined;
  /** A view of the frame in the module's memory. */
  #frame: ImageData | undefined;
  /** Whether the canvas holds a whole frame of this size. */
  #isWhole = false;
  /** Changes whenever a rig that is on its way is not wanted any more. */
  #generation = 0;

  /** For a canvas that nothing has drawn on. */
  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, rig: Rig) {
    this.#canvas = canvas;
    this.#rig = rig;
  }

  async resize(size: Size): Promise<void> {
    const generation = ++this.#generation;
    const live = await this.#rig.take(size);
    if (generation !== this.#generation) {
      this.#rig.giveBack(live);
      return;
    }
    if (this.#live) this.#rig.giveBack(this.#live);
    this.#live = live;
    this.#isWhole &&= size.width === this.#size?.width && size.height === this.#size.height;
    this.#size = size;
    this.#frame = undefined;
  }

  draw(x: number, y: number, closing: number): void {
    if (!this.#live || !this.#size) return;
    const { width, height } = this.#size;
    const address = this.#live.draw(x, y, closing);
    const memory = this.#rig.memory.buffer;
    if (this.#frame?.data.buffer !== memory || this.#frame.data.byteOffset !== address) {
      this.#frame = new ImageData(new Uint8ClampedArray(memory as ArrayBuffer, address, width * height * 4), width, height);
    }
    if (!this.#isWhole) {
      // Setting either clears the canvas, so what is on screen stays until now.
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#context ??= this.#canvas.getContext('2d', { alpha: this.#rig.hasAlpha, willReadFrequently: true }) as Context;
      this.#context.putImageData(this.#frame, 0, 0);
      this.#isWhole = true;
      return;
    }
    const moving = this.#live.moving() as unknown as [number, number, number, number];
    this.#context!.putImageData(this.#frame, 0, 0, ...moving);
  }

  release(): void {
    this.#generation++;
    if (this.#live) this.#rig.giveBack(this.#live);
    this.#live = undefined;
    this.#frame = undefined;
  }
}

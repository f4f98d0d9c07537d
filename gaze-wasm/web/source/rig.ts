// A rig: one picture and how it moves, drawn in any pose. Read and decoded once for all that show it.
import { asGazeError, GazeError } from '../failure.js';
import { loadRigWasm, type LiveRig, type RigWasm } from '../rig-wasm.js';
import { decodedPixels } from './decoded-pixels.js';
import type { Size } from './shrink.js';

/** Memory that an open rig takes, in bytes a pixel of its picture and a pixel that is drawn. */
const PICTURE_BYTES = 8;
const DRAWN_BYTES = 44;

/** What a pack says of its rig. */
export interface RigHeader {
  /** Cells a side of the grid that events count in. */
  readonly grid: number;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** A rig as it is drawn at one size, and how many draw it. */
interface Sized {
  readonly live: LiveRig;
  readonly size: Size;
  users: number;
}

/** Rigs that are open, those that nobody draws in the order in which they were drawn last. */
const openRigs = new Set<Rig>();
let kept = 64 << 20;

/** Of the rigs that nobody draws, as many stay open as all open ones together take no more than this. */
export function keepRigsUpTo(bytes: number): void {
  kept = bytes;
  closeUnused();
}

function closeUnused(): void {
  let held = 0;
  for (const rig of openRigs) held += rig.bytes;
  for (const rig of openRigs) {
    if (held <= kept) return;
    if (rig.isUsed) continue;
    held -= rig.bytes;
    rig.sleep();
  }
}

export class Rig implements RigHeader {
  readonly kind = 'rig';
  /** Frames are drawn at the size shown, and never kept smaller than that. */
  readonly shrink = 1;
  readonly grid: number;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** Whether its eyes close. */
  canBlink = false;
  readonly #wasm: RigWasm;
  readonly #section: Uint8Array;
  #opening: Promise<void> | undefined;
  /** All are made from the first. None while it is closed. */
  readonly #sized: Sized[] = [];
  #takers = 0;
  #isClosed = false;

  /** Reads a rig from its section in a pack, and makes it ready to be drawn at `size`. Throws a `GazeError`. */
  static async open(section: Uint8Array, header: RigHeader, size: Size): Promise<Rig> {
    const rig = new Rig(await loadRigWasm(), section, header);
    await rig.#open(size);
    return rig;
  }

  private constructor(wasm: RigWasm, section: Uint8Array, { grid, width, height, hasAlpha }: RigHeader) {
    this.#wasm = wasm;
    this.#section = section;
    this.grid = grid;
    this.width = width;
    this.height = height;
    this.hasAlpha = hasAlpha;
  }

  /** Where frames are drawn. */
  get memory(): WebAssembly.Memory {
    return this.#wasm.memory;
  }

  get isUsed(): boolean {
    return this.#takers > 0 || this.#sized.some(({ users }) => users > 0);
  }

  /** About as much memory as it takes. */
  get bytes(): number {
    return this.#sized.reduce((sum, { size }) => sum + size.width * size.height * DRAWN_BYTES, this.width * this.height * PICTURE_BYTES);
  }

  /** The rig as it is drawn at `size`, until it is given back. Throws a `GazeError`. */
  async take(size: Size): Promise<LiveRig> {
    this.#takers++;
    try {
      // It may be closed again before this goes on.
      while (!this.#sized.length) await (this.#opening ??= this.#open(size).finally(() => (this.#opening = undefined)));
      let sized = this.#sized.find((other) => other.size.width === size.width && other.size.height === size.height);
      if (!sized) {
        sized = { live: drawable(() => this.#sized[0]!.live.resized(size.width, size.height)), size, users: 0 };
        this.#sized.push(sized);
      }
      sized.users++;
      // Those that are drawn last come last.
      openRigs.delete(this);
      openRigs.add(this);
      return sized.live;
    } finally {
      this.#takers--;
      this.#dropUnused();
    }
  }

  giveBack(live: LiveRig): void {
    const sized = this.#sized.find((other) => other.live === live);
    if (sized) sized.users--;
    this.#dropUnused();
  }

  /** Frees the memory. It opens again when it is taken. */
  sleep(): void {
    openRigs.delete(this);
    for (const { live } of this.#sized.splice(0)) live.free();
  }

  /** Frees the memory for good. */
  close(): void {
    this.#isClosed = true;
    this.sleep();
  }

  #dropUnused(): void {
    for (const sized of [...this.#sized]) {
      if (sized.users > 0 || this.#sized.length === 1) continue;
      this.#sized.splice(this.#sized.indexOf(sized), 1);
      sized.live.free();
    }
    closeUnused();
  }

  async #open(size: Size): Promise<void> {
    if (this.#isClosed) throw new Error('the rig is closed');
    const stored = drawable(() => new this.#wasm.StoredRig(this.#section));
    let pixels: Uint8ClampedArray;
    try {
      const { width, height, hasAlpha } = stored;
      if (width !== this.width || height !== this.height || hasAlpha !== this.hasAlpha) {
        throw new GazeError('format', 'its rig is of another size or transparency than it says');
      }
      this.canBlink = stored.canBlink;
      const file = new Blob([stored.picture() as BlobPart], { type: stored.isJpeg ? 'image/jpeg' : 'image/webp' });
      pixels = await decodedPixels(file, this);
      if (this.#isClosed) throw new Error('the rig is closed');
    } catch (cause) {
      stored.free();
      throw cause;
    }
    // Which uses `stored` up.
    this.#sized.push({ live: drawable(() => stored.open(pixels, size.width, size.height)), size, users: 0 });
    openRigs.add(this);
  }
}

/** What `make` gives; a `GazeError` where the rig is damaged or the memory for it refused. */
function drawable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof WebAssembly.RuntimeError)) throw asGazeError(cause, 'format');
    throw new GazeError('wasm', 'the browser has no memory left for this face: show fewer at a time, or make it smaller', true, { cause });
  }
}

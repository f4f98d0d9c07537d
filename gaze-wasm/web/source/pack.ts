// frames.gaze, played while it streams.
import { fileName } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import { loadWasm, type PackHead, type Wasm } from '../wasm.js';
import type { Feed, Frames, FramesListener } from './frames.js';
import { readPieces, request } from './request.js';

/** Bytes of a WebP file that say how large its picture is. */
const IMAGE_HEAD = 30;
/** Progress is told this often at most, in milliseconds. */
const PROGRESS_INTERVAL = 100;

/** Joins pieces into one array. */
function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    const part = piece.subarray(0, length - at);
    whole.set(part, at);
    at += part.length;
    if (at === length) break;
  }
  return whole;
}

/** Whether a stream begins like a pack; undefined while that is open. */
export function looksLikePack(start: Uint8Array): boolean | undefined {
  const signature = [0x89, 0x47, 0x41, 0x5a, 0x45];
  if (signature.some((byte, i) => i < start.length && start[i] !== byte)) return false;
  return start.length >= signature.length ? true : undefined;
}

/** Cuts a stream of bytes into the head and the images of a pack. */
class PackStream {
  #frames: PackFrames | undefined;
  /** Bytes of the head, or of the image that is arriving. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Position in the file of the first byte held. */
  #offset = 0;
  /** Images that have arrived: the still image is number 0. */
  #done = 0;
  #total = 0;
  loaded = 0;

  constructor(
    readonly wasm: Wasm,
    readonly listener: FramesListener,
  ) {}

  get frames(): PackFrames | undefined {
    return this.#frames;
  }

  get isComplete(): boolean {
    return this.#frames !== undefined && this.#done > this.#frames.ends.length;
  }

  get totalBytes(): number {
    return this.#total;
  }

  /** Takes the next bytes; false when nothing more is needed. Throws where they are no sound pack. */
  push(piece: Uint8Array): boolean {
    this.loaded += piece.length;
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (!this.#frames && !this.#readHead()) return true;
    const cells: number[] = [];
    while (!this.isComplete && this.#takeImage(cells)) {
      // Each image that is whole by now.
    }
    if (cells.length) this.listener.onCells(cells);
    return !this.isComplete;
  }

  #readHead(): boolean {
    const prefix = this.wasm.packPrefixLength();
    if (this.#held < prefix) return false;
    const length = this.wasm.packHeadLength(join(this.#pieces, prefix));
    if (this.#held < length) return false;
    const head = new this.wasm.PackHead(join(this.#pieces, length));
    this.#frames = new PackFrames(head);
    this.#total = head.fileLength;
    head.free();
    this.#skip(length);
    return true;
  }

  /** Span of the image that comes next: the still one, then the frames in their order. */
  #next(frames: PackFrames): [number, number] {
    if (this.#done === 0) return [frames.stillOffset, frames.stillOffset + frames.stillLength];
    const start = this.#done === 1 ? frames.framesOffset : frames.ends[this.#done - 2]!;
    return [start, frames.ends[this.#done - 1]!];
  }

  #takeImage(cells: number[]): boolean {
    const frames = this.#frames!;
    const [start, end] = this.#next(frames);
    // Sections that this version does not know lie between.
    if (start > this.#offset) this.#skip(Math.min(start - this.#offset, this.#held));
    if (this.#offset !== start || this.#held < end - start) return false;
    const parts: Uint8Array[] = [];
    let missing = end - start;
    for (const piece of this.#pieces) {
      if (missing === 0) break;
      const part = piece.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
    }
    const size = this.wasm.webpSize(join(parts, Math.min(IMAGE_HEAD, end - start)));
    const expected = this.#done === 0 ? frames : frames.moving;
    // Before it is decoded: a small file may claim a picture that fills the memory.
    if (size?.[0] !== expected.width || size[1] !== expected.height) {
      throw new GazeError('format', `one of its images is not a webp picture of ${expected.width} x ${expected.height} px`);
    }
    const blob = new Blob(parts as BlobPart[], { type: 'image/webp' });
    this.#skip(end - start);
    if (this.#done++ === 0) {
      frames.still = blob;
      this.listener.onOpen(frames);
    } else {
      cells.push(frames.add(blob));
    }
    return true;
  }

  #skip(count: number): void {
    this.#offset += count;
    this.#held -= count;
    while (count > 0) {
      const first = this.#pieces[0]!;
      if (first.length > count) {
        this.#pieces[0] = first.subarray(count);
        return;
      }
      count -= first.length;
      this.#pieces.shift();
    }
  }
}

class PackFrames implements Frames {
  readonly kind = 'pack';
  readonly shrink = 1;
  readonly grid: number;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly moving: Frames['moving'];
  readonly order: Uint16Array;
  readonly ends: Uint32Array;
  readonly stillOffset: number;
  readonly stillLength: number;
  readonly framesOffset: number;
  still!: Blob;
  readonly #blobs = new Map<number, Blob>();

  constructor(head: PackHead) {
    this.grid = head.grid;
    this.width = head.width;
    this.height = head.height;
    this.hasAlpha = head.hasAlpha;
    this.moving = { x: head.movingX, y: head.movingY, width: head.movingWidth, height: head.movingHeight };
    this.order = head.cells();
    this.ends = head.ends();
    this.stillOffset = head.stillOffset;
    this.stillLength = head.stillLength;
    this.framesOffset = head.framesOffset;
  }

  get arrived(): number {
    return this.#blobs.size;
  }

  /** Keeps the next frame in the order of storage; returns its cell. */
  add(blob: Blob): number {
    const cell = this.order[this.#blobs.size]!;
    this.#blobs.set(cell, blob);
    return cell;
  }

  blob(cell: number): Blob | undefined {
    return this.#blobs.get(cell);
  }
}

/** Plays the pack at `url`, or the one that `response` has begun to deliver with `start`. */
export function packFeed(url: string, response?: Response, start: readonly Uint8Array[] = []): Feed {
  return async (listener, signal) => {
    const name = fileName(url);
    // Both at once: the module compiles while the first bytes travel.
    const asking = response ?? request(url, signal);
    if (!response) (asking as Promise<Response>).catch(() => undefined);
    const wasm = await loadWasm();
    const answer = await asking;
    const stream = new PackStream(wasm, listener);
    let told = 0;
    const tell = () => {
      told = performance.now();
      const frames = stream.frames;
      listener.onProgress({
        loaded: stream.loaded,
        total: stream.totalBytes,
        frames: frames?.arrived ?? 0,
        totalFrames: frames?.order.length ?? 0,
      });
    };
    const push = (piece: Uint8Array) => {
      try {
        return stream.push(piece);
      } catch (cause) {
        const error = asGazeError(cause, 'format');
        throw new GazeError(error.code, `${name} cannot be played: ${error.message}`, true, { cause });
      } finally {
        if (performance.now() - told > PROGRESS_INTERVAL) tell();
      }
    };
    if (start.every(push)) await readPieces(answer, signal, push);
    tell();
    if (!stream.isComplete) {
      throw new GazeError('network', `${name} ended too early, after ${stream.loaded} of ${stream.totalBytes || 'unknown'} bytes: reload, or upload it again`);
    }
  };
}

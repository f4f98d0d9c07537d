// frames.gaze, played while it streams.
import { fileName } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import { loadWasm, type PackHeader, type Wasm } from '../wasm.js';
import type { Feed, FeedListener, Frames } from './frames.js';
import { ReceivedBytes } from './received-bytes.js';
import { readPieces, request } from './request.js';

/** Bytes of a WebP file that say how large its picture is. */
const IMAGE_HEAD = 30;
const IMAGE_TYPE = 'image/webp';
/** Progress is reported at most this often, in milliseconds. */
const PROGRESS_INTERVAL_MS = 100;

/** Whether a stream begins like a pack; undefined while too few bytes have come. */
export function looksLikePack(start: Uint8Array): boolean | undefined {
  const signature = [0x89, 0x47, 0x41, 0x5a, 0x45];
  if (signature.some((byte, i) => i < start.length && start[i] !== byte)) return false;
  return start.length >= signature.length ? true : undefined;
}

/** Finds the header and the images of a pack in a stream of bytes. */
class PackStream {
  #frames: PackFrames | undefined;
  readonly #bytes = new ReceivedBytes();
  /** Images that have arrived: the still image is number 0. */
  #done = 0;
  #opening: Promise<void> | undefined;
  totalBytes = 0;

  constructor(
    readonly wasm: Wasm,
    readonly listener: FeedListener,
  ) {}

  get frames(): PackFrames | undefined {
    return this.#frames;
  }

  get loaded(): number {
    return this.#bytes.end;
  }

  get isComplete(): boolean {
    return this.#frames !== undefined && this.#done > this.#frames.ends.length;
  }

  /** Takes the next bytes; false when nothing more is needed. Throws where they are no sound pack. */
  async push(piece: Uint8Array): Promise<boolean> {
    this.#bytes.push(piece);
    this.#frames ??= this.#readHead();
    if (!this.#frames) return true;
    if (this.#done === 0) {
      if (!this.#takeImage(this.#frames, [])) return true;
      await this.#opening;
    }
    const cells: number[] = [];
    let end = 0;
    while (!this.isComplete) {
      const image = this.#takeImage(this.#frames, cells);
      if (!image) break;
      end = image;
    }
    if (end) this.#bytes.flush(end, this.isComplete);
    if (cells.length) this.listener.onCells(cells);
    return !this.isComplete;
  }

  #readHead(): PackFrames | undefined {
    const prefix = this.wasm.packPrefixLength();
    if (this.loaded < prefix) return undefined;
    const length = this.wasm.packHeadLength(this.#bytes.read(0, prefix));
    if (this.loaded < length) return undefined;
    const header = new this.wasm.PackHeader(this.#bytes.read(0, length));
    const frames = new PackFrames(header, this.#bytes);
    this.totalBytes = header.fileLength;
    header.free();
    return frames;
  }

  /** Takes the next image if it has arrived whole; returns where it ends. */
  #takeImage(frames: PackFrames, cells: number[]): number | undefined {
    const [start, end] = frames.span(this.#done);
    if (this.loaded < end) return undefined;
    const size = this.wasm.webpSize(this.#bytes.read(start, Math.min(start + IMAGE_HEAD, end)));
    const expected = this.#done === 0 ? frames : frames.moving;
    // Before it is decoded: a small file may claim a picture that fills the memory.
    if (size?.[0] !== expected.width || size[1] !== expected.height) {
      throw new GazeError('format', `one of its images is not a webp picture of ${expected.width} x ${expected.height} px`);
    }
    if (this.#done++ === 0) {
      frames.still = this.#bytes.blob(start, end, IMAGE_TYPE);
      this.#opening = this.listener.onOpen(frames);
    } else {
      cells.push(frames.add());
    }
    return end;
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
  still!: Blob;
  readonly #bytes: ReceivedBytes;
  readonly #still: readonly [number, number];
  readonly #framesOffset: number;
  /** Place in the order of storage of each cell that has arrived. */
  readonly #places = new Map<number, number>();

  constructor(header: PackHeader, bytes: ReceivedBytes) {
    this.grid = header.grid;
    this.width = header.width;
    this.height = header.height;
    this.hasAlpha = header.hasAlpha;
    this.moving = { x: header.movingX, y: header.movingY, width: header.movingWidth, height: header.movingHeight };
    this.order = header.cells();
    this.ends = header.ends();
    this.#bytes = bytes;
    this.#still = [header.stillOffset, header.stillOffset + header.stillLength];
    this.#framesOffset = header.framesOffset;
  }

  get arrived(): number {
    return this.#places.size;
  }

  /** Where an image lies in the file: number 0 is the still one, then the frames in their order. */
  span(image: number): readonly [number, number] {
    if (image === 0) return this.#still;
    return [image === 1 ? this.#framesOffset : this.ends[image - 2]!, this.ends[image - 1]!];
  }

  /** Notes that the next frame in the order of storage has arrived; returns its cell. */
  add(): number {
    const cell = this.order[this.arrived]!;
    this.#places.set(cell, this.arrived);
    return cell;
  }

  blob(cell: number): Blob | undefined {
    const place = this.#places.get(cell);
    return place === undefined ? undefined : this.#bytes.blob(...this.span(place + 1), IMAGE_TYPE);
  }
}

/** Plays the pack at `url`, or the one that `response` has begun to deliver with `start`. */
export function packFeed(url: string, response?: Response, start: readonly Uint8Array[] = []): Feed {
  return async (listener, signal) => {
    const name = fileName(url);
    // Both at once: the module compiles while the first bytes travel.
    const answering = response ?? request(url, signal);
    if (!response) (answering as Promise<Response>).catch(() => undefined);
    const wasm = await loadWasm();
    const answer = await answering;
    const stream = new PackStream(wasm, listener);
    // Not 0: a worker's clock begins with the worker.
    let reportedAt = -Infinity;
    const report = () => {
      reportedAt = performance.now();
      const frames = stream.frames;
      listener.onProgress({
        loaded: stream.loaded,
        total: stream.totalBytes,
        frames: frames?.arrived ?? 0,
        totalFrames: frames?.order.length ?? 0,
      });
    };
    const push = async (piece: Uint8Array) => {
      try {
        return await stream.push(piece);
      } catch (cause) {
        const error = asGazeError(cause, 'format');
        throw new GazeError(error.code, `${name} cannot be played: ${error.message}`, true, { cause });
      } finally {
        if (performance.now() - reportedAt > PROGRESS_INTERVAL_MS) report();
      }
    };
    let wantsMore = true;
    for (const piece of start) wantsMore &&= await push(piece);
    if (wantsMore) await readPieces(answer, signal, push);
    report();
    if (!stream.isComplete) {
      throw new GazeError('network', `${name} ended too early, after ${stream.loaded} of ${stream.totalBytes || 'unknown'} bytes: reload, or upload it again`);
    }
  };
}

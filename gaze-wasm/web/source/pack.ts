// frames.gaze, played while it streams, or portrait.gaze: a pack whose rig is drawn needs no frames.
import { fileName, isRigName } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import { preloadRigWasm } from '../rig-wasm.js';
import { loadWasm, type Wasm } from '../wasm.js';
import type { Feed, FeedListener, Frames, Progress } from './frames.js';
import { ReceivedBytes } from './received-bytes.js';
import { openFile, readPieces, type BegunFile } from './request.js';
import { Rig } from './rig.js';
import { fitted, type Size } from './shrink.js';

/** Bytes of a WebP file that say how large its picture is. */
const IMAGE_HEAD = 30;
const IMAGE_TYPE = 'image/webp';
/** Progress is reported at most this often, in milliseconds. */
const PROGRESS_INTERVAL_MS = 100;

/** Finds the header, the rig and the images of a pack in a stream of bytes. */
class PackStream {
  #frames: PackFrames | undefined;
  readonly #bytes = new ReceivedBytes();
  /** Images that have arrived: the still image is number 0. */
  #done = 0;
  #opening: Promise<void> | undefined;
  /** Where the rig lies; none where there is none, or it cannot be drawn. */
  #rig: readonly [start: number, end: number] | undefined;
  #hasRigOpened = false;
  /** Where it lies what closed eyes look like, until it was taken. */
  #blink: readonly [start: number, end: number] | undefined;

  constructor(
    readonly wasm: Wasm,
    readonly shown: Size,
    readonly listener: FeedListener,
  ) {}

  get isComplete(): boolean {
    return this.#hasRigOpened || (this.#frames !== undefined && this.#done > this.#frames.ends.length && !this.#blink);
  }

  /** What has arrived of what is needed. */
  get progress(): Progress {
    const loaded = this.#bytes.end;
    if (this.#rig) {
      const total = this.#rig[1];
      return { loaded: Math.min(loaded, total), total, frames: Number(this.#hasRigOpened), totalFrames: 1, hasAlpha: this.#frames?.hasAlpha };
    }
    const frames = this.#frames;
    return { loaded, total: frames?.fileLength ?? 0, frames: frames?.arrived ?? 0, totalFrames: frames?.order.length ?? 0, hasAlpha: frames?.hasAlpha };
  }

  /** Takes the next bytes; false when nothing more is needed. Throws where they are no sound pack. */
  async push(piece: Uint8Array): Promise<boolean> {
    this.#bytes.push(piece);
    this.#frames ??= this.#readHead();
    if (!this.#frames) return true;
    if (this.#rig) {
      if (this.#bytes.end < this.#rig[1]) return true;
      await this.#openRig(this.#frames, ...this.#rig);
      if (this.#hasRigOpened) return false;
    }
    if (this.#done === 0) {
      if (!this.#takeImage(this.#frames, [])) return true;
      await this.#opening;
    }
    const hasBlink = this.#takeBlink(this.#frames);
    const cells: number[] = [];
    let end = 0;
    while (this.#done <= this.#frames.ends.length) {
      const image = this.#takeImage(this.#frames, cells);
      if (!image) break;
      end = image;
    }
    if (this.isComplete) this.#bytes.flush(this.#bytes.end, true);
    else if (end) this.#bytes.flush(end, false);
    if (cells.length || hasBlink) this.listener.onCells(cells);
    return !this.isComplete;
  }

  #readHead(): PackFrames | undefined {
    const prefix = this.wasm.packPrefixLength();
    if (this.#bytes.end < prefix) return undefined;
    const length = this.wasm.packHeadLength(this.#bytes.read(0, prefix));
    if (this.#bytes.end < length) return undefined;
    const frames = new PackFrames(this.wasm.readPackHeader(this.#bytes.read(0, length)), this.#bytes);
    const [rig, , blink] = frames.sections;
    if (rig) {
      preloadRigWasm();
      this.#rig = rig;
    }
    this.#blink = blink;
    return frames;
  }

  /** Shows the rig. Where that cannot be, the frames are played, if there are any. */
  async #openRig(frames: PackFrames, start: number, end: number): Promise<void> {
    let rig: Rig;
    try {
      rig = await Rig.open(this.#bytes.read(start, end), frames, fitted(frames, this.shown));
    } catch (cause) {
      if (!frames.order.length) throw cause;
      this.#rig = undefined;
      return;
    }
    await this.listener.onOpen(rig);
    this.#hasRigOpened = true;
  }

  /** Takes what closed eyes look like, if it has arrived whole and was not taken. */
  #takeBlink(frames: PackFrames): boolean {
    if (!this.#blink || this.#bytes.end < this.#blink[1]) return false;
    frames.blink = this.#bytes.blob(...this.#blink, '');
    this.#blink = undefined;
    return true;
  }

  /** Takes the next image if it has arrived whole; returns where it ends. */
  #takeImage(frames: PackFrames, cells: number[]): number | undefined {
    const [start, end] = frames.span(this.#done);
    if (this.#bytes.end < end) return undefined;
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
  /** Bytes of the whole pack. */
  readonly fileLength: number;
  still!: Blob;
  blink: Blob | undefined;
  /** Where the rig, the still image and closed eyes lie. */
  readonly sections: readonly (readonly [start: number, end: number] | undefined)[];
  readonly #bytes: ReceivedBytes;
  readonly #framesOffset: number;
  /** Place in the order of storage of each cell that has arrived. */
  readonly #places = new Map<number, number>();

  /** `header` is what `readPackHeader` says. */
  constructor(header: Float64Array, bytes: ReceivedBytes) {
    const at = (index: number) => header[index]!;
    this.grid = at(0);
    this.width = at(1);
    this.height = at(2);
    this.hasAlpha = !!at(3);
    this.moving = { x: at(4), y: at(5), width: at(6), height: at(7) };
    this.sections = [8, 10, 12].map((start) => (at(start) ? [at(start), at(start + 1)] as const : undefined));
    this.fileLength = at(14);
    this.#framesOffset = at(15);
    const frames = header.subarray(16);
    this.order = Uint16Array.from(frames.filter((_, index) => index % 2 === 0));
    this.ends = Uint32Array.from(frames.filter((_, index) => index % 2));
    this.#bytes = bytes;
  }

  get arrived(): number {
    return this.#places.size;
  }

  /** Where an image lies in the file: number 0 is the still one, then the frames in their order. */
  span(image: number): readonly [number, number] {
    if (image === 0) return this.sections[1] ?? [0, 0];
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

/** Plays the pack at `url`, or the one that has been begun to read there, shown at this size in device pixels. */
export function packFeed(url: string, shown: Size, begun?: BegunFile): Feed {
  return async (listener, signal) => {
    const name = fileName(url);
    const file = begun ?? (await openFile(url, signal));
    if (isRigName(url)) preloadRigWasm();
    const stream = new PackStream(await loadWasm(), shown, listener);
    // Not 0: a worker's clock begins with the worker.
    let reportedAt = -Infinity;
    const report = () => {
      reportedAt = performance.now();
      listener.onProgress(stream.progress);
    };
    await readPieces(file, async (piece) => {
      try {
        return await stream.push(piece);
      } catch (cause) {
        const error = asGazeError(cause, 'format');
        throw new GazeError(error.code, `${name} cannot be played: ${error.message}`, true, { cause });
      } finally {
        if (performance.now() - reportedAt > PROGRESS_INTERVAL_MS) report();
      }
    });
    report();
    if (!stream.isComplete) {
      const { loaded, total } = stream.progress;
      throw new GazeError('network', `${name} ended too early, after ${loaded} of ${total || 'unknown'} bytes: reload, or upload it again`);
    }
  };
}

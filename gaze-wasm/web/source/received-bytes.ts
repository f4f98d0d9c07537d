// What has arrived of a stream: the newest bytes in pieces, older ones as blobs, which the browser keeps outside the
// page's own memory. One blob a mebibyte, since each costs a message to another process.

const SEGMENT_BYTES = 1 << 20;

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly blob: Blob;
}

export class ReceivedBytes {
  readonly #segments: Segment[] = [];
  /** What arrived after the last segment. */
  #pieces: Uint8Array[] = [];
  /** Positions in the stream of the first piece, and of the next byte to arrive. */
  #start = 0;
  #end = 0;

  /** How many bytes have arrived. */
  get end(): number {
    return this.#end;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#end += piece.length;
  }

  /** A copy of bytes that have not been moved to a blob. */
  read(start: number, end: number): Uint8Array {
    const copy = new Uint8Array(end - start);
    for (const [part, at] of this.#parts(start, end)) copy.set(part, at);
    return copy;
  }

  /** Bytes that have arrived, as a file of this type. No span crosses the `end` of a `flush`. */
  blob(start: number, end: number, type: string): Blob {
    const segment = this.#segments.find((each) => each.start <= start && end <= each.end);
    if (segment) return segment.blob.slice(start - segment.start, end - segment.start, type);
    return new Blob([this.read(start, end) as BlobPart], { type });
  }

  /** Moves what lies before `end` to a blob, once there is enough of it or it is the last. */
  flush(end: number, isLast: boolean): void {
    if (end - this.#start < SEGMENT_BYTES && !isLast) return;
    const parts = [...this.#parts(this.#start, end)].map(([part]) => part);
    if (parts.length) this.#segments.push({ start: this.#start, end, blob: new Blob(parts as BlobPart[]) });
    this.#drop(end);
  }

  /** Drops the pieces before `end`. */
  #drop(end: number): void {
    let count = end - this.#start;
    this.#start = end;
    let whole = 0;
    while (whole < this.#pieces.length && this.#pieces[whole]!.length <= count) count -= this.#pieces[whole++]!.length;
    this.#pieces.splice(0, whole);
    if (count) this.#pieces[0] = this.#pieces[0]!.subarray(count);
  }

  /** The parts of pieces from `start` to `end`, each with its distance from `start`. */
  *#parts(start: number, end: number): Generator<[Uint8Array, number]> {
    let at = this.#start;
    for (const piece of this.#pieces) {
      if (at >= end) return;
      const from = Math.max(start - at, 0);
      const part = piece.subarray(from, end - at);
      if (part.length) yield [part, at + from - start];
      at += piece.length;
    }
  }
}

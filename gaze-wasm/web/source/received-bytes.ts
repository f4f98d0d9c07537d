// Bytes of a stream that came so far: the newest in pieces, older ones as blobs, which the browser keeps out of
// the page's own memory. One blob a mebibyte, since each costs a message to another process.

const SEGMENT_BYTES = 1 << 20;

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly blob: Blob;
}

export class Bytes {
  readonly #segments: Segment[] = [];
  /** What came after the last segment. */
  #pieces: Uint8Array[] = [];
  /** Position in the stream of the first piece, and of what is yet to come. */
  #start = 0;
  #end = 0;

  /** How many bytes have come. */
  get end(): number {
    return this.#end;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#end += piece.length;
  }

  /** A copy of bytes that came after the last `seal`. */
  read(start: number, end: number): Uint8Array {
    const copy = new Uint8Array(end - start);
    for (const [part, at] of this.#parts(start, end)) copy.set(part, at);
    return copy;
  }

  /** Bytes that have come, as a file of this type. Spans never reach over the end of a `seal`. */
  blob(start: number, end: number, type: string): Blob {
    const segment = this.#segments.find((each) => each.start <= start && end <= each.end);
    if (segment) return segment.blob.slice(start - segment.start, end - segment.start, type);
    return new Blob([this.read(start, end) as BlobPart], { type });
  }

  /** Allows to put away what came before `end`; done when it has become enough. */
  seal(end: number, isLast: boolean): void {
    if (end - this.#start < SEGMENT_BYTES && !isLast) return;
    const parts = [...this.#parts(this.#start, end)].map(([part]) => part);
    if (parts.length) this.#segments.push({ start: this.#start, end, blob: new Blob(parts as BlobPart[]) });
    this.#drop(end);
  }

  /** Forgets what came before `end` and was not put away. */
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

// Sprite sheets: each is decoded once, off the main thread, and cut into one small image a cell, so that at most one
// decoded sheet is in memory at a time.
import { fileName } from '../address.js';
import { GazeError } from '../failure.js';
import { loadWasm } from '../wasm.js';
import { CellCanvas, type CellContext } from './cell-canvas.js';
import { HEAD_BYTES, mayHaveAlpha } from './first-bytes.js';
import type { Feed, FeedListener, Frames } from './frames.js';
import { openFile, readPieces, type BegunFile } from './request.js';
import type { Sheet, SheetPlan } from './sheet-plan.js';
import { shrinkFor, type Size } from './shrink.js';

/** Largest sheet that is read, in bytes; real ones have about 6 MB. */
const SHEET_MAX_BYTES = 256 << 20;
/** Longest side a sheet may have: WebP's limit. */
const SHEET_MAX_SIDE = 16383;
/** Cells that are being compressed at a time. */
const CELLS_IN_FLIGHT = 4;

class SheetFrames implements Frames {
  readonly kind = 'sheets';
  readonly moving: Frames['moving'];
  readonly #blobs = new Map<number, Blob>();
  still!: Blob;

  constructor(
    readonly grid: number,
    readonly width: number,
    readonly height: number,
    readonly shrink: number,
    readonly hasAlpha: boolean,
    readonly order: Uint16Array,
  ) {
    this.moving = { x: 0, y: 0, width, height };
  }

  get arrived(): number {
    return this.#blobs.size;
  }

  add(cell: number, blob: Blob): void {
    this.#blobs.set(cell, blob);
  }

  blob(cell: number): Blob | undefined {
    return this.#blobs.get(cell);
  }
}

export interface SheetOptions {
  /** Nothing is shown if by then a sheet is known to be missing; otherwise those before it are shown. */
  needsAll?: boolean;
  /** The first sheet, where it has been begun to read. */
  begun?: BegunFile | undefined;
}

/** Downloads sheets and cuts them into cells, to images no larger than is needed to show them at `shown`. */
export function sheetsFeed(plan: SheetPlan, shown: Size, options: SheetOptions): Feed {
  return async (listener, signal) => new SheetSlicer(plan, shown, options, listener, signal).run();
}

class SheetSlicer {
  #frames: SheetFrames | undefined;
  #order: Uint16Array = new Uint16Array();
  #loaded = 0;
  #total = 0;
  #hasAlpha: boolean | undefined;
  /** Why the first download that failed did so. */
  #failure: { cause: unknown } | undefined;

  constructor(
    readonly plan: SheetPlan,
    readonly shown: Size,
    readonly options: SheetOptions,
    readonly listener: FeedListener,
    readonly signal: AbortSignal,
  ) {}

  async run(): Promise<void> {
    const wasm = await loadWasm();
    this.#order = wasm.coarseToFine(this.plan.grid);
    // All downloads at once, one decoded sheet at a time.
    const downloads = this.plan.sheets.map((sheet, index) => this.#download(sheet, index));
    for (const download of downloads) download.catch((cause: unknown) => (this.#failure ??= { cause }));
    for (const [index, sheet] of this.plan.sheets.entries()) {
      const { blob, start } = await downloads[index]!;
      this.signal.throwIfAborted();
      await this.#slice(sheet, blob, start, wasm.webpSize(start));
      this.#reportProgress();
    }
  }

  async #download({ url }: Sheet, index: number): Promise<{ blob: Blob; start: Uint8Array }> {
    const file = (index === 0 && this.options.begun) || (await openFile(url, this.signal));
    const { response, start } = file;
    this.#total += Number(response.headers.get('content-length') ?? 0);
    this.#hasAlpha ??= this.plan.hasAlpha ?? mayHaveAlpha(start);
    this.#reportProgress();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let held = 0;
    await readPieces(file, (piece) => {
      pieces.push(piece);
      held += piece.length;
      this.#loaded += piece.length;
      if (held > SHEET_MAX_BYTES) throw new GazeError('format', `${fileName(url)} is too large for a sheet`);
      return true;
    });
    return { blob: new Blob(pieces), start: start.slice(0, HEAD_BYTES) };
  }

  async #slice(sheet: Sheet, blob: Blob, start: Uint8Array, claimed: Uint32Array | undefined): Promise<void> {
    const name = fileName(sheet.url);
    const size = claimed ? { width: claimed[0]!, height: claimed[1]! } : await this.#measure(name, blob);
    const known = this.#frames ?? this.plan;
    const width = known.width || size.width / sheet.cols;
    const height = known.height || size.height / sheet.rows;
    const isWhole = Number.isInteger(width) && Number.isInteger(height);
    if (!isWhole || size.width !== width * sheet.cols || size.height !== height * sheet.rows || Math.max(size.width, size.height) > SHEET_MAX_SIDE) {
      throw new GazeError('format', `${name} is ${size.width} x ${size.height} px, which is no sheet of ${sheet.cols} x ${sheet.rows} frames${known.width ? ` of ${width} x ${height} px` : ''}: check grid, width and height`);
    }
    const shrink = this.#frames?.shrink ?? shrinkFor({ width, height }, this.shown);
    const cellWidth = Math.ceil(width / shrink);
    const cellHeight = Math.ceil(height / shrink);
    const bitmap = await createImageBitmap(blob, shrink === 1 ? {} : {
      resizeWidth: cellWidth * sheet.cols,
      resizeHeight: cellHeight * sheet.rows,
      resizeQuality: 'medium',
    }).catch(undecodable(name));
    try {
      const hasAlpha = this.plan.hasAlpha ?? mayHaveAlpha(start);
      this.#frames ??= new SheetFrames(this.plan.grid, width, height, shrink, hasAlpha, this.#order);
      // A browser that cannot resize gives the sheet as it is: draw from its own scale.
      const scaleX = bitmap.width / sheet.cols;
      const scaleY = bitmap.height / sheet.rows;
      const cells = [...this.#order].filter((cell) => isOn(sheet, cell, this.plan.grid));
      await this.#compress(cells, hasAlpha, cellWidth, cellHeight, (context, cell) => {
        const col = (cell % this.plan.grid) - sheet.left;
        const row = Math.floor(cell / this.plan.grid) - sheet.top;
        context.drawImage(bitmap, col * scaleX, row * scaleY, scaleX, scaleY, 0, 0, cellWidth, cellHeight);
      });
    } finally {
      bitmap.close();
    }
  }

  /** Size of an image that is no WebP. */
  async #measure(name: string, blob: Blob): Promise<Size> {
    const bitmap = await createImageBitmap(blob).catch(undecodable(name));
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  }

  /** Draws each cell and keeps its compressed image. */
  async #compress(
    cells: readonly number[],
    hasAlpha: boolean,
    width: number,
    height: number,
    draw: (context: CellContext, cell: number) => void,
  ): Promise<void> {
    let next = 0;
    const work = async () => {
      const canvas = new CellCanvas(width, height, hasAlpha);
      try {
        for (let cell = cells[next++]; cell !== undefined; cell = cells[next++]) {
          this.signal.throwIfAborted();
          canvas.context.clearRect(0, 0, width, height);
          draw(canvas.context, cell);
          const blob = await canvas.toBlob();
          this.signal.throwIfAborted();
          this.#keep(cell, blob);
        }
      } finally {
        canvas.close();
      }
    };
    await Promise.all(Array.from({ length: CELLS_IN_FLIGHT }, work));
  }

  #keep(cell: number, blob: Blob): void {
    const frames = this.#frames!;
    if (!frames.still && this.options.needsAll && this.#failure) throw this.#failure.cause;
    frames.add(cell, blob);
    // The first cell of the first sheet is the grid's centre.
    if (!frames.still) {
      frames.still = blob;
      // Not waited for: cells are cut meanwhile.
      void this.listener.onOpen(frames);
    }
    this.listener.onCells([cell]);
  }

  #reportProgress(): void {
    this.listener.onProgress({
      loaded: this.#loaded,
      total: Math.max(this.#total, this.#loaded),
      frames: this.#frames?.arrived ?? 0,
      totalFrames: this.#order.length,
      hasAlpha: this.#hasAlpha,
    });
  }
}

/** Throws what it means that a sheet is no picture for this browser. */
function undecodable(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new GazeError('decode', `${name} could not be decoded: it is damaged, no picture, or too large for this browser's memory`, true, { cause });
  };
}

function isOn(sheet: Sheet, cell: number, grid: number): boolean {
  const row = Math.floor(cell / grid) - sheet.top;
  const col = (cell % grid) - sheet.left;
  return row >= 0 && row < sheet.rows && col >= 0 && col < sheet.cols;
}

// From an address to a source of frames, shared by every element that shows the same.
import { fileName, type Address } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import type { ProgressDetail } from '../events.js';
import { loadWasm, type SheetSet, type Wasm } from '../wasm.js';
import type { Feed, Frames, FramesListener } from './frames.js';
import { looksLikePack, packFeed } from './pack.js';
import { request } from './request.js';
import { planOf, sheetsFeed } from './sheets.js';
import { shrinkFor, type Size } from './shrink.js';

/** What the element's attributes say about sheets that come without metadata. */
export interface SheetHints {
  grid: number | undefined;
  mode: 'quadrants' | 'single' | undefined;
  width: number | undefined;
  height: number | undefined;
  /** Whether this is a phone, which takes the smaller sheets. */
  phone: boolean;
  /** Size at which frames are shown, in device pixels: sheets are kept no larger than needed. */
  shown: Size;
}

const MANIFEST_MAX_BYTES = 64 * 1024;
const DEFAULT_GRID = 30;

/** One source and everyone who shows it. */
class Shared {
  readonly #listeners = new Set<FramesListener>();
  readonly #abort = new AbortController();
  #frames: Frames | undefined;
  #arrived: number[] = [];
  #progress: ProgressDetail | undefined;
  #error: GazeError | undefined;

  constructor(
    readonly key: string,
    readonly shown: Size,
    feed: Feed,
  ) {
    // The first listener has joined by then.
    queueMicrotask(() => void this.#run(feed));
  }

  async #run(feed: Feed): Promise<void> {
    const each = (tell: (listener: FramesListener) => void) => [...this.#listeners].forEach(tell);
    const listener: FramesListener = {
      onOpen: async (frames) => {
        this.#frames = frames;
        await Promise.all([...this.#listeners].map((each) => each.onOpen(frames)));
      },
      onCells: (cells) => {
        this.#arrived.push(...cells);
        each((l) => l.onCells(cells));
      },
      onProgress: (progress) => {
        this.#progress = progress;
        each((l) => l.onProgress(progress));
      },
      onError: () => undefined,
    };
    try {
      await feed(listener, this.#abort.signal);
    } catch (cause) {
      if (this.#abort.signal.aborted) return;
      const error = asGazeError(cause, 'network');
      this.#error = this.#frames && this.#arrived.length ? error.survived() : error;
      // A later attempt starts afresh.
      shared.delete(this);
      each((l) => l.onError(this.#error!));
    }
  }

  /** Whether its frames are sharp when shown at this size. */
  suits(shown: Size): boolean {
    const frames = this.#frames;
    if (frames) return frames.shrink <= shrinkFor(frames, shown);
    return shown.width <= this.shown.width && shown.height <= this.shown.height;
  }

  join(listener: FramesListener): () => void {
    this.#listeners.add(listener);
    if (this.#frames) void listener.onOpen(this.#frames);
    if (this.#arrived.length) listener.onCells(this.#arrived);
    if (this.#progress) listener.onProgress(this.#progress);
    if (this.#error) listener.onError(this.#error);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size) return;
      this.#abort.abort();
      shared.delete(this);
    };
  }
}

const shared = new Set<Shared>();

/** Opens what `address` names; returns what closes it again. */
export function openFrames(address: Address, hints: SheetHints, listener: FramesListener): () => void {
  const { shown, ...rest } = hints;
  const key = JSON.stringify([address, rest]);
  let source = [...shared].find((other) => other.key === key && other.suits(shown));
  if (!source) {
    source = new Shared(key, shown, feedOf(address, hints));
    shared.add(source);
  }
  return source.join(listener);
}

function feedOf(address: Address, hints: SheetHints): Feed {
  switch (address.kind) {
    case 'folder':
      return folderFeed(address.base, hints);
    case 'file':
      return address.blob ? blobFeed(address.blob, hints) : fileFeed(address.url, hints);
    case 'quadrants':
      return plainSheetsFeed(address.urls, false, hints);
  }
}

/** A folder: its pack, else the sheets that its metadata describes. */
function folderFeed(base: string, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const sheets = async () => folderSheets(base, hints, listener, signal);
    // Asked for to play sheets: there may be a pack too.
    if (hints.mode) return sheets();
    let isOpen = false;
    const watching: FramesListener = {
      ...listener,
      onOpen: (frames) => {
        isOpen = true;
        return listener.onOpen(frames);
      },
    };
    const url = new URL('frames.gaze', base).href;
    try {
      await packFeed(url)(watching, signal);
    } catch (cause) {
      if (signal.aborted || isOpen) throw cause;
      const error = asGazeError(cause, 'format');
      if (error.code === 'wasm') throw error;
      // Whatever is wrong with the pack, sheets may do; if they don't, the more telling error counts.
      await sheets().catch((second: unknown) => {
        const isTelling = second instanceof GazeError && second.code !== 'missing';
        throw isTelling || error.code === 'missing' ? nothingThere(second, base) : error;
      });
    }
  };
}

function nothingThere(cause: unknown, base: string): unknown {
  if (!(cause instanceof GazeError) || cause.code !== 'missing') return cause;
  return new GazeError('missing', `${base} holds neither frames.gaze nor sprite sheets: check src`, true, { cause });
}

async function folderSheets(base: string, hints: SheetHints, listener: FramesListener, signal: AbortSignal): Promise<void> {
  const manifest = await readManifest(new URL('metadata.json', base).href, signal);
  const wasm = await loadWasm();
  const run = async (phone: boolean) => {
    const set = manifest ? sheetsOf(wasm, manifest, phone) : wasm.SheetSet.ofGrid(hints.grid ?? DEFAULT_GRID, hints.mode === 'single');
    const plan = planOf(set, (name) => new URL(name, base).href);
    set.free();
    if (!manifest) Object.assign(plan, { width: hints.width ?? 0, height: hints.height ?? 0 });
    await sheetsFeed(plan, hints.shown)(listener, signal);
  };
  if (!hints.phone || !manifest) return run(false);
  await run(true).catch(async (cause: unknown) => {
    // Sheets for phones may be missing; the full ones are always there.
    if (!(cause instanceof GazeError) || cause.code !== 'missing') throw cause;
    await run(false);
  });
}

function sheetsOf(wasm: Wasm, manifest: Uint8Array, phone: boolean): SheetSet {
  try {
    return wasm.SheetSet.fromManifest(manifest, phone);
  } catch (cause) {
    throw asGazeError(cause, 'format');
  }
}

/** The manifest's bytes; none where there is no manifest. */
async function readManifest(url: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const bytes = new Uint8Array(await (await request(url, signal)).arrayBuffer());
    if (bytes.length > MANIFEST_MAX_BYTES) throw new GazeError('format', 'metadata.json is too large to be one of gaze');
    return bytes;
  } catch (cause) {
    if (cause instanceof GazeError && cause.code === 'missing') return undefined;
    throw cause;
  }
}

/** One address: its first bytes tell a pack from a sheet. */
function fileFeed(url: string, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const response = await request(url, signal);
    const reader = response.body!.getReader();
    const start: Uint8Array[] = [];
    let isPack: boolean | undefined;
    while (isPack === undefined) {
      const { done, value } = await reader.read();
      if (done) break;
      start.push(value);
      isPack = looksLikePack(new Uint8Array(start.flatMap((piece) => [...piece.subarray(0, 8)])));
    }
    if (isPack) {
      reader.releaseLock();
      return packFeed(url, response, start)(listener, signal);
    }
    await reader.cancel();
    if (start.length === 0) throw new GazeError('format', `${fileName(url)} is empty`);
    return plainSheetsFeed([url], true, hints)(listener, signal);
  };
}

function blobFeed(blob: Blob, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const url = URL.createObjectURL(blob);
    try {
      await fileFeed(url, hints)(listener, signal);
    } finally {
      URL.revokeObjectURL(url);
    }
  };
}

/** Sheets without metadata: the attributes say what they hold. */
function plainSheetsFeed(urls: readonly string[], single: boolean, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const wasm = await loadWasm();
    const set = wasm.SheetSet.ofGrid(hints.grid ?? DEFAULT_GRID, single);
    const plan = planOf(set, (_, index) => urls[index]!);
    set.free();
    Object.assign(plan, { width: hints.width ?? 0, height: hints.height ?? 0 });
    await sheetsFeed(plan, hints.shown)(listener, signal);
  };
}

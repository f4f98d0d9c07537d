// From an address to a source, shared by every element that shows the same.
import { fileName, isRigName, type Address } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import type { ProgressDetail } from '../events.js';
import { preloadRigWasm } from '../rig-wasm.js';
import { loadWasm } from '../wasm.js';
import { folderFeed } from './folder.js';
import type { Feed, FeedListener, Source, SourceListener } from './frames.js';
import { looksLikePack, packFeed } from './pack.js';
import { readPiece, request } from './request.js';
import { runFeed } from './run-feed.js';
import { planOfHints, type SheetHints } from './sheet-plan.js';
import { sheetsFeed } from './sheets.js';
import { shrinkFor, type Size } from './shrink.js';

/** One source and everyone who shows it. */
class SharedSource {
  readonly #listeners = new Set<SourceListener>();
  readonly #abort = new AbortController();
  #source: Source | undefined;
  #arrived: number[] = [];
  #progress: ProgressDetail | undefined;

  constructor(
    readonly key: string,
    feed: Feed,
  ) {
    // The first listener has joined by then.
    queueMicrotask(() => void this.#run(feed));
  }

  async #run(feed: Feed): Promise<void> {
    const listener: FeedListener = {
      onOpen: async (source) => {
        this.#source = source;
        await Promise.all([...this.#listeners].map((each) => each.onOpen(source)));
      },
      onCells: (cells) => {
        this.#arrived.push(...cells);
        for (const each of [...this.#listeners]) each.onCells(cells);
      },
      onProgress: (progress) => {
        this.#progress = progress;
        for (const each of [...this.#listeners]) each.onProgress(progress);
      },
    };
    try {
      await runFeed(feed, listener, this.#abort.signal);
    } catch (cause) {
      if (this.#abort.signal.aborted) return;
      const error = asGazeError(cause, 'network');
      // Whoever opens the same address later tries again.
      sources.delete(this);
      for (const each of [...this.#listeners]) each.onError(this.#arrived.length ? error.survived() : error);
    }
  }

  /** Whether its frames are sharp when shown at this size. Only those of sheets may not be, which then are loaded again. */
  suits(shown: Size): boolean {
    const source = this.#source;
    return !source || source.shrink <= shrinkFor(source, shown);
  }

  join(listener: SourceListener): () => void {
    this.#listeners.add(listener);
    if (this.#source) void listener.onOpen(this.#source);
    if (this.#arrived.length) listener.onCells([...this.#arrived]);
    if (this.#progress) listener.onProgress(this.#progress);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size) return;
      this.#abort.abort();
      sources.delete(this);
      if (this.#source?.kind === 'rig') this.#source.close();
    };
  }
}

const sources = new Set<SharedSource>();

/** Opens what `address` names; returns what closes it again. */
export function openSource(address: Address, hints: SheetHints, listener: SourceListener): () => void {
  const { shown, ...rest } = hints;
  const key = JSON.stringify([address, rest]);
  let source = [...sources].find((other) => other.key === key && other.suits(shown));
  if (!source) {
    source = new SharedSource(key, feedOf(address, hints));
    sources.add(source);
  }
  return source.join(listener);
}

function feedOf(address: Address, hints: SheetHints): Feed {
  switch (address.kind) {
    case 'folder':
      return folderFeed(address.base, hints);
    case 'file':
      return address.blob ? blobFeed(address.url, address.blob, hints) : fileFeed(address.url, hints);
    case 'quadrants':
      return plainSheetsFeed(address.urls, false, hints);
  }
}

/** One address: its first bytes tell a pack from a sheet. */
function fileFeed(url: string, hints: SheetHints): Feed {
  return async (listener, signal) => {
    if (isRigName(url)) preloadRigWasm();
    await answerFeed(url, await request(url, signal), plainSheetsFeed([url], true, hints), hints)(listener, signal);
  };
}

/** A file that the page has. */
function blobFeed(url: string, blob: Blob, hints: SheetHints): Feed {
  return async (listener, signal) => {
    // Sheets are asked for by an address; from file:// WebKit lets no worker do that.
    const sheet = URL.createObjectURL(blob);
    try {
      await answerFeed(url, new Response(blob), plainSheetsFeed([sheet], true, hints), hints)(listener, signal);
    } finally {
      URL.revokeObjectURL(sheet);
    }
  };
}

/** What `response` delivers: a pack, or else `sheets`. */
function answerFeed(url: string, response: Response, sheets: Feed, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const reader = response.body!.getReader();
    const start: Uint8Array[] = [];
    let isPack: boolean | undefined;
    while (isPack === undefined) {
      const piece = await readPiece(reader, response, signal);
      if (!piece) break;
      start.push(piece);
      isPack = looksLikePack(new Uint8Array(start.flatMap((piece) => [...piece.subarray(0, 8)])));
    }
    // What calls itself a pack is read as one, and told to be none.
    if (isPack || (start.length && fileName(url).endsWith('.gaze'))) {
      reader.releaseLock();
      return packFeed(url, hints.shown, response, start)(listener, signal);
    }
    await reader.cancel();
    if (start.length === 0) throw new GazeError('format', `${fileName(url)} is empty`);
    return sheets(listener, signal);
  };
}

/** Sheets without metadata. */
function plainSheetsFeed(urls: readonly string[], single: boolean, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const plan = planOfHints(await loadWasm(), hints, single, (_, index) => urls[index]!);
    await sheetsFeed(plan, hints.shown)(listener, signal);
  };
}

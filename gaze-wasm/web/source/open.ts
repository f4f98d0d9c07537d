// From an address to a source, shared by every element that shows the same.
import { isRigName, type Address } from '../address.js';
import { asGazeError } from '../failure.js';
import { preloadRigWasm } from '../rig-wasm.js';
import { loadWasm } from '../wasm.js';
import { isPack } from './first-bytes.js';
import { folderFeed } from './folder.js';
import type { Feed, FeedListener, Progress, Source, SourceListener } from './frames.js';
import { packFeed } from './pack.js';
import { begin, request, type BegunFile } from './request.js';
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
  #progress: Progress | undefined;

  constructor(
    readonly key: string,
    feed: Feed,
  ) {
    // The first listener has joined by then.
    queueMicrotask(() => void this.#run(feed));
  }

  async #run(feed: Feed): Promise<void> {
    const all = () => [...this.#listeners];
    const listener: FeedListener = {
      onOpen: async (source) => {
        this.#source = source;
        await Promise.all(all().map((each) => each.onOpen(source)));
      },
      onCells: (cells) => {
        this.#arrived.push(...cells);
        all().forEach((each) => each.onCells(cells));
      },
      onProgress: (progress) => {
        this.#progress = progress;
        all().forEach((each) => each.onProgress(progress));
      },
    };
    try {
      await runFeed(feed, listener, this.#abort.signal);
    } catch (cause) {
      if (this.#abort.signal.aborted) return;
      const error = asGazeError(cause, 'network');
      // Whoever opens the same address later tries again.
      sources.delete(this);
      all().forEach((each) => each.onError(this.#arrived.length ? error.survived() : error));
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
      return folderFeed(address, fileFeed(address.url, hints), hints);
    case 'file':
      return fileFeed(address.url, hints, address.blob);
    case 'quadrants':
      return plainSheetsFeed(address.urls, hints);
  }
}

/** What is at one address, or in a file that the page has: its first bytes tell a pack from a sheet. */
function fileFeed(url: string, hints: SheetHints, blob?: Blob): Feed {
  return async (listener, signal) => {
    if (isRigName(url)) preloadRigWasm();
    const file = await begin(url, blob ? new Response(blob) : await request(url, signal), signal);
    // What calls itself a pack is read as one, and told to be none.
    const feed = isPack(file.start) || /\.gaze([?#]|$)/.test(url) ? packFeed(url, hints.shown, file) : plainSheetsFeed([url], hints, file);
    await feed(listener, signal);
  };
}

/** Sheets without metadata: four, or a single one, which may have been begun to read. */
function plainSheetsFeed(urls: readonly string[], hints: SheetHints, begun?: BegunFile): Feed {
  return async (listener, signal) => {
    const plan = planOfHints(await loadWasm(), hints, urls.length === 1, (_, index) => urls[index]!);
    await sheetsFeed(plan, hints.shown, { begun })(listener, signal);
  };
}

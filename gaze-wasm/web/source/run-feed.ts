// Runs feeds so that their listener can rely on them: it is opened once, and hears nothing after the end.
import { asGazeError, type GazeError } from '../failure.js';
import type { Feed, FeedListener } from './frames.js';

/** Runs a feed until it settles or `signal` is aborted. From then on the listener is not called and what is still being
 * loaded is cancelled. */
export async function runFeed(feed: Feed, listener: FeedListener, signal: AbortSignal): Promise<void> {
  const run = new AbortController();
  const end = () => run.abort();
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  const isOver = () => run.signal.aborted;
  const guarded: FeedListener = {
    onOpen: async (frames) => (isOver() ? undefined : listener.onOpen(frames)),
    onCells: (cells) => (isOver() ? undefined : listener.onCells(cells)),
    onProgress: (progress) => (isOver() ? undefined : listener.onProgress(progress)),
  };
  try {
    await feed(guarded, run.signal);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Plays `preferred`. Where that fails before it has opened, `fallback` says what to play instead, or throws; once
 * frames are shown a failure is final, since a listener is opened only once. */
export function withFallback(preferred: Feed, fallback: (error: GazeError) => Feed): Feed {
  return async (listener, signal) => {
    let isOpen = false;
    const watched: FeedListener = {
      ...listener,
      onOpen: (frames) => {
        isOpen = true;
        return listener.onOpen(frames);
      },
    };
    try {
      await runFeed(preferred, watched, signal);
    } catch (cause) {
      if (signal.aborted || isOpen) throw cause;
      await runFeed(fallback(asGazeError(cause, 'format')), listener, signal);
    }
  };
}

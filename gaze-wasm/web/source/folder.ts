// A folder of gaze output: its pack, else the sheets that its metadata describes.
import { asGazeError, GazeError } from '../failure.js';
import { loadWasm, type SheetSet, type Wasm } from '../wasm.js';
import type { Feed } from './frames.js';
import { packFeed } from './pack.js';
import { request } from './request.js';
import { withFallback } from './run-feed.js';
import { planOf, planOfHints, type SheetHints } from './sheet-plan.js';
import { sheetsFeed } from './sheets.js';

const MANIFEST_MAX_BYTES = 64 * 1024;

/** Plays the folder at `base`. */
export function folderFeed(base: string, hints: SheetHints): Feed {
  const sheets = folderSheetsFeed(base, hints);
  // Sheets were asked for: there may be a pack as well.
  if (hints.mode) return sheets;
  return withFallback(packFeed(new URL('frames.gaze', base).href), (error) => {
    if (error.code === 'wasm') throw error;
    // Whatever is wrong with the pack, there may be sheets. Where they fail as well, the more telling error counts.
    return (listener, signal) =>
      sheets(listener, signal).catch((second: unknown) => {
        const isTelling = second instanceof GazeError && second.code !== 'missing';
        throw isTelling || error.code === 'missing' ? nothingThere(second, base) : error;
      });
  });
}

function nothingThere(cause: unknown, base: string): unknown {
  if (!(cause instanceof GazeError) || cause.code !== 'missing') return cause;
  return new GazeError('missing', `${base} holds neither frames.gaze nor sprite sheets: check src`, true, { cause });
}

function folderSheetsFeed(base: string, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const manifest = await readManifest(new URL('metadata.json', base).href, signal);
    const wasm = await loadWasm();
    const urlOf = (name: string) => new URL(name, base).href;
    const feedOf = (phone: boolean): Feed => {
      const plan = manifest ? planOf(sheetsOf(wasm, manifest, phone), urlOf) : planOfHints(wasm, hints, hints.mode === 'single', urlOf);
      return sheetsFeed(plan, hints.shown, phone);
    };
    if (!hints.phone || !manifest) return feedOf(false)(listener, signal);
    const feed = withFallback(feedOf(true), (error) => {
      // Sheets for phones may be missing; the full ones are always there.
      if (error.code !== 'missing') throw error;
      return feedOf(false);
    });
    return feed(listener, signal);
  };
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

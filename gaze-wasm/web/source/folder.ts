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
  // Sheets were asked for: there may be more as well.
  if (hints.mode) return sheets;
  const pack = (name: string) => packFeed(new URL(name, base).href, hints.shown);
  return inTurn([pack('portrait.gaze'), pack('frames.gaze'), sheets], base);
}

/** Plays the first of these that can be played. Where none can, the most telling error counts: the last one that says
 * more than that something is missing. */
function inTurn([feed, ...rest]: readonly Feed[], base: string, before?: GazeError): Feed {
  const tellingOf = (error: GazeError) => (before && error.code === 'missing' ? before : error);
  if (!rest.length) {
    return (listener, signal) =>
      feed!(listener, signal).catch((cause: unknown) => {
        if (!(cause instanceof GazeError)) throw cause;
        const error = tellingOf(cause);
        if (error.code !== 'missing') throw error;
        throw new GazeError('missing', `${base} holds neither portrait.gaze nor frames.gaze nor sprite sheets: check src`, true, { cause });
      });
  }
  return withFallback(feed!, (error) => inTurn(rest, base, tellingOf(error)));
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

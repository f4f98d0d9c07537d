// A folder of gaze output: its pack, else the sheets that its metadata describes; or a face at the address itself.
import { fileBeside, type Address } from '../address.js';
import { asGazeError, GazeError } from '../failure.js';
import { loadWasm, type SheetSet, type Wasm } from '../wasm.js';
import type { Feed } from './frames.js';
import { packFeed } from './pack.js';
import { Absent, brokenOff, request } from './request.js';
import { withFallback } from './run-feed.js';
import { planOf, planOfHints, type SheetHints } from './sheet-plan.js';
import { sheetsFeed } from './sheets.js';

/** Plays what is there: the folder, or `file`, which is at its address itself. */
export function folderFeed({ base, url, looksLikeFile }: Address & { kind: 'folder' }, file: Feed, hints: SheetHints): Feed {
  const feeds = feedsIn(base, hints);
  const itself = withFallback(file, (error) => {
    if (!(error instanceof Absent)) throw error;
    const { answeredBy } = error;
    if (answeredBy !== base && /\/(\?|$)/.test(answeredBy)) return inTurn(feedsIn(answeredBy, hints), error);
    // A page at the address of a folder is usual, and tells nothing.
    throw looksLikeFile ? error : new Absent('missing', '', '');
  });
  // Each wrong guess costs a request, sheets cost five.
  const place = looksLikeFile ? 0 : feeds.length - Number(!hints.mode && url !== base);
  feeds.splice(place, 0, itself);
  return withFallback(inTurn(feeds), (error) => {
    if (!(error instanceof Absent) || error.code !== 'missing') throw error;
    throw new GazeError('missing', `${hints.mode ? 'no' : 'neither portrait.gaze nor frames.gaze nor'} sprite sheets are there: check src`);
  });
}

/** What may be played in a folder, best first. */
function feedsIn(base: string, hints: SheetHints): Feed[] {
  const sheets = folderSheetsFeed(base, hints);
  // Sheets were asked for: there may be more as well.
  if (hints.mode) return [sheets];
  return [...['portrait.gaze', 'frames.gaze'].map((name) => packFeed(fileBeside(name, base), hints.shown)), sheets];
}

/** Plays the first of these that can be played. Where none can, the most telling error counts: the last of a face that is
 * there, else the first that says more than that nothing is. */
function inTurn([feed, ...rest]: readonly Feed[], before?: GazeError): Feed {
  return withFallback(feed!, (error) => {
    const telling = before && before.code !== 'missing' && error instanceof Absent ? before : error;
    if (!rest.length) throw telling;
    return inTurn(rest, telling);
  });
}

function folderSheetsFeed(base: string, hints: SheetHints): Feed {
  return async (listener, signal) => {
    const manifest = await readManifest(fileBeside('metadata.json', base), signal);
    const wasm = await loadWasm();
    const urlOf = (name: string) => fileBeside(name, base);
    const feedOf = (phone: boolean): Feed => {
      const plan = manifest ? planOf(sheetsOf(wasm, manifest, phone), urlOf) : planOfHints(wasm, hints, hints.mode === 'single', urlOf);
      return sheetsFeed(plan, hints.shown, { needsAll: phone });
    };
    if (!hints.phone || !manifest) return feedOf(false)(listener, signal);
    const feed = withFallback(feedOf(true), (error) => {
      // Sheets for phones may be missing; the full ones are always there.
      if (!(error instanceof Absent)) throw error;
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

/** The manifest; none where there is none, whatever the server sends in its place. */
async function readManifest(url: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const bytes = new Uint8Array(await (await request(url, signal)).arrayBuffer().catch(brokenOff(url, signal)));
    return new TextDecoder().decode(bytes).includes('gridSize') ? bytes : undefined;
  } catch (cause) {
    if (cause instanceof Absent) return undefined;
    throw cause;
  }
}

// Addresses: real paths for what is on the server, and behind a hash what was asked for.
import { isSessionId } from './session-state.js';

/** What was asked for. `new`: a photo came in; `alone`: the portrait and nothing else, for other pages' frames. */
export type View = 'empty' | 'new' | 'portrait' | 'share' | 'embed' | 'download' | 'delete' | 'seen' | 'full' | 'yours' | 'alone';

export interface Route {
  view: View;
  /** The portrait, by its key or its session. */
  name?: string | undefined;
}

/** What is kept with an address: a portrait of this browser has none of its own. */
interface Kept {
  name?: string | undefined;
  /** This page led here from what it lies in, so that the way back is the browser's. */
  isOpened?: boolean;
}

/** What the caption opens into, and leads back from. */
export const OPENED: readonly View[] = ['share', 'embed', 'download', 'delete', 'seen', 'full', 'yours'];
const VIEWS: readonly View[] = ['new', 'portrait', 'share', 'embed', 'download', 'delete', 'seen', 'full', 'yours'];

/** Whether the view is of a portrait. */
function needsPortrait(view: View): boolean {
  return !['empty', 'new', 'full', 'yours'].includes(view);
}

/** What the address in force asks for. */
export function currentRoute(): Route {
  const path = decodeURI(location.pathname).slice(new URL(document.baseURI).pathname.length);
  const hash = location.hash.slice(1) as View;
  const [, alone, session] = /^(view\/)?([^/]+)\/?$/.exec(path) ?? [];
  if (session && isSessionId(session)) {
    if (alone) return { view: 'alone', name: session };
    return { view: VIEWS.includes(hash) && hash !== 'new' && hash !== 'yours' ? hash : 'portrait', name: session };
  }
  const view = VIEWS.includes(hash) ? hash : 'empty';
  const name = view === 'yours' || view === 'new' ? undefined : keptState().name;
  return needsPortrait(view) && !name ? { view: 'empty' } : { view, name };
}

/** Whether the browser's way back leads to what the view lies in. */
export function isOpenedHere(): boolean {
  return keptState().isOpened ?? false;
}

/** Goes to an address without telling anybody. */
export function setRoute({ view, name }: Route, { isReplaced = false, isOpened = false } = {}): void {
  const kept: Kept = { name, isOpened };
  const path = name && isSessionId(name) ? name : '';
  const hash = view === 'empty' || (path && view === 'portrait') ? '' : `#${view}`;
  const url = new URL(path + hash, document.baseURI).href;
  if (isReplaced) history.replaceState(kept, '', url);
  else history.pushState(kept, '', url);
}

function keptState(): Kept {
  return (history.state ?? {}) as Kept;
}

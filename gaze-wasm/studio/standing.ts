// Which state the page is in, by what was asked for and what there is; and which words stand in the corners then.
import { find } from '../portrait-page/find.js';
import type { ArrivalState } from './arrival.js';
import { whyNot } from './config.js';
import type { Portrait } from './portrait.js';
import type { Route } from './route.js';
import type { Absence } from './search.js';

export interface Standing {
  state: string;
  /** The template of its caption. */
  name: string;
}

export interface Circumstances {
  route: Route;
  portrait: Portrait | undefined;
  /** Why there is no portrait, though one is asked for. */
  absence: Absence | undefined;
  arrival: ArrivalState | undefined;
  isDraggedOver: boolean;
}

export function standingOf({ route: { view }, portrait, absence, arrival, isDraggedOver }: Circumstances): Standing {
  const same = (state: string): Standing => ({ state, name: state });
  if (isDraggedOver) return same('dragging');
  if (view === 'new' && arrival) return same(arrival);
  if (absence) return same(absence);
  if (portrait && !portrait.isOwn && !portrait.isVisible) return same('unfinished');
  if (view === 'full' || view === 'alone') return same(view);
  if (!portrait || view === 'empty') return same(whyNot() ? 'unable' : 'empty');
  if (!portrait.isOwn) return same('shared');
  const { entry, job } = portrait;
  if (view === 'share') return same(entry.isShared ? 'share-link' : 'share');
  if (view === 'embed') return entry.isShared ? same('embed') : { state: 'embed', name: 'embed-first' };
  if (view !== 'portrait') return same(view);
  if (job) return job.phase === 'failed' ? { state: 'finer-failed', name: 'refused' } : same(job.phase);
  if (entry.isFiner) return same('finer');
  return { state: entry.isCut ? 'cutout' : 'alive', name: 'alive' };
}

/** Where there is nothing to be seen in full. */
const WITHOUT_FULL: readonly string[] = ['history', 'gone', 'absent', 'unfinished', 'dragging', 'working', 'faces', 'eyes', 'crop', 'point', 'no-face', 'unreadable', 'failed'];
/** Where a new one can be begun anyway. */
const WITHOUT_NEW: readonly string[] = ['empty', 'unable', 'dragging', 'working', 'shared'];

export function showCorners(state: string, hasEntries: boolean): void {
  const corner = (name: string) => find(`.corners [data-do=${name}]`);
  corner('full').hidden = WITHOUT_FULL.includes(state);
  corner('yours').hidden = !hasEntries && state !== 'history';
  corner('new').hidden = WITHOUT_NEW.includes(state);
  if (state === 'history') corner('yours').setAttribute('aria-current', 'page');
  else corner('yours').removeAttribute('aria-current');
}

// Finds the portrait that an address names: in this browser, or on the server.
import { config } from './config.js';
import { Following } from './following.js';
import { foreign, Portrait } from './portrait.js';
import { ServerError, stateOf } from './server.js';
import { isPending, type SessionState } from './session-state.js';
import type { Shelf } from './shelf.js';

export type Absence = 'gone' | 'absent';

export interface Found {
  portrait?: Portrait;
  /** Why there is none. */
  absence?: Absence;
  /** How a portrait of one's own is on the server: comes when it comes. */
  news?: Promise<SessionState | Absence>;
}

/** The state that came with the page: true for a moment. */
let brought = config.session;

export async function search(name: string, shelf: Shelf): Promise<Found> {
  const known = brought?.sessionId === name ? brought : undefined;
  brought = null;
  const entry = shelf.find(name);
  if (!entry) {
    const state = known ?? (await ask(name));
    if (typeof state === 'string') return { absence: state };
    if (state.state === 'gone') return { absence: 'gone' };
    return meet(state);
  }
  const portrait = new Portrait(entry, shelf.rigOf(entry), true);
  if (!entry.session) return { portrait };
  const news = known ? Promise.resolve(known.state === 'gone' ? ('gone' as const) : (known as SessionState)) : ask(entry.session);
  return { portrait, news };
}

/** A portrait of somebody else: there, or on its way. */
export function meet(state: SessionState): Found {
  const portrait = foreign(state);
  return portrait.isVisible || isPending(state) ? { portrait } : { absence: 'gone' };
}

/** Waits until what somebody else has made is there. */
export function awaitEnd({ sessionId }: SessionState, onEnd: (found: Found) => void): Following {
  return new Following(sessionId, {
    onState: (state) => {
      if (!isPending(state)) onEnd(meet(state));
    },
    onLost: () => undefined,
    onGone: () => onEnd({ absence: 'gone' }),
  });
}

function ask(session: string): Promise<SessionState | Absence> {
  return stateOf(session).catch((thrown: unknown) => (thrown instanceof ServerError && thrown.kind === 'gone' ? 'gone' : 'absent'));
}

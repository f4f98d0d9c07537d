// What the page asks of the server, and what may come back. Every address is under the studio's own path.
import { addressOf } from './config.js';
import type { SessionState } from './session-state.js';

/**
 * - `unreachable`: no answer.
 * - `full`: the line is full.
 * - `too-many`: this address has sent too many.
 * - `too-large`: what was sent is.
 * - `not-yours`: the owner's key is wrong, or missing.
 * - `gone`: there is no such session.
 * - `refused`: all else.
 */
export type ServerErrorKind = 'unreachable' | 'full' | 'too-many' | 'too-large' | 'not-yours' | 'gone' | 'refused';

export class ServerError extends Error {
  override readonly name = 'ServerError';

  constructor(
    readonly kind: ServerErrorKind,
    message: string,
    /** When to try again, in seconds. */
    readonly retryAfter?: number,
    /** How many are waiting. */
    readonly queueLength?: number,
  ) {
    super(message);
  }
}

/** Longer than a slow phone's connection takes for a photo, and for an answer, in milliseconds. */
const SEND_MS = 120_000;
const ANSWER_MS = 20_000;

const KINDS: Record<number, ServerErrorKind> = { 401: 'not-yours', 403: 'not-yours', 404: 'gone', 410: 'gone', 413: 'too-large', 429: 'too-many', 503: 'full' };

export interface Owned {
  session: string;
  ownerKey: string;
}

/** Shares a rig: from then on it has a link. */
export async function sharePortrait(rig: Blob, signal?: AbortSignal): Promise<Owned> {
  const { sessionId, ownerKey } = await ask<{ sessionId: string; ownerKey: string }>('api/portraits', {
    method: 'POST',
    body: rig,
    headers: { 'content-type': 'application/octet-stream' },
    within: SEND_MS,
    signal,
  });
  return { session: sessionId, ownerKey };
}

export interface FinerRequest {
  removeBackground: boolean;
  /** Where the face is, x and y as shares of the photo's width and height; or those of both eyes. */
  face: readonly number[] | undefined;
  /** The session that gets frames as well. */
  owned: Owned;
}

/** Puts a photo into the line; returns how many are before it. */
export async function sendPhoto(photo: Blob, { removeBackground, face, owned }: FinerRequest, signal?: AbortSignal): Promise<number> {
  const query = new URLSearchParams({ removeBackground: String(removeBackground), session: owned.session });
  if (face) query.set('face', face.map((share) => share.toFixed(4)).join(','));
  const { position } = await ask<{ position: number }>(`api/uploads?${query}`, {
    method: 'POST',
    body: photo,
    headers: { 'content-type': photo.type, 'x-gaze-owner': owned.ownerKey },
    within: SEND_MS,
    signal,
  });
  return position;
}

/** How a session is now. */
export function stateOf(session: string, signal?: AbortSignal): Promise<SessionState> {
  return ask(`api/session/${session}/state`, { signal });
}

/** Leaves the line, or stops the making; what was there before stays. */
export function leaveLine({ session, ownerKey }: Owned): Promise<void> {
  return ask(`api/session/${session}/job`, { method: 'DELETE', headers: { 'x-gaze-owner': ownerKey } });
}

/** Deletes a session. One that is gone already is no failure. */
export async function deleteSession({ session, ownerKey }: Owned): Promise<void> {
  try {
    await ask(`api/session/${session}`, { method: 'DELETE', headers: { 'x-gaze-owner': ownerKey } });
  } catch (thrown) {
    if (!(thrown instanceof ServerError) || thrown.kind !== 'gone') throw thrown;
  }
}

/** What downloads of a session weigh, in bytes. */
export function downloadSizes(session: string): Promise<{ page: number; zip: number; rig: number | null }> {
  return ask(`api/session/${session}/downloads`, {});
}

interface Asked {
  method?: string;
  body?: Blob;
  headers?: Record<string, string>;
  within?: number;
  signal?: AbortSignal | undefined;
}

async function ask<T>(path: string, { method = 'GET', body, headers = {}, within = ANSWER_MS, signal }: Asked): Promise<T> {
  const watch = new AbortController();
  const timer = setTimeout(() => watch.abort(), within);
  const onAbort = () => watch.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(addressOf(path), { method, headers, signal: watch.signal, cache: 'no-store', ...(body && { body }) });
    if (!response.ok) throw await refusal(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof ServerError ? thrown : new ServerError('unreachable', 'the server cannot be reached');
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function refusal(response: Response): Promise<ServerError> {
  const said = (await response.json().catch(() => ({}))) as { error?: unknown; queueLength?: unknown };
  const message = typeof said.error === 'string' && said.error ? said.error : `the server answered ${response.status}`;
  const length = typeof said.queueLength === 'number' ? said.queueLength : undefined;
  return new ServerError(KINDS[response.status] ?? 'refused', message, retryAfter(response.headers.get('retry-after')), length);
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number | undefined {
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

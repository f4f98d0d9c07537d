// Fetching, with failures that a person understands.
import { fileName } from '../address.js';
import { GazeError, type GazeErrorCode } from '../failure.js';
import { HEAD_BYTES, strangerIn } from './first-bytes.js';

/** No face is at an address: nothing, something else, or what may not be read. There may be one at another. */
export class Absent extends GazeError {
  constructor(
    code: GazeErrorCode,
    message: string,
    /** The address that answered, which is another one where the server led there. */
    readonly answeredBy: string,
  ) {
    super(code, message);
  }
}

/** A file of which as much has been read as tells what it is. */
export interface BegunFile {
  readonly response: Response;
  /** What has been read. */
  readonly start: Uint8Array<ArrayBuffer>;
  /** The next piece; none at the end. Throws `network` where the connection breaks off. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** Asks for `url`. Throws `Absent` where it answers that nothing is there, or not for everyone; `network` for all else. */
export async function request(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new GazeError('network', `${fileName(url)} could not be fetched: ${whyUnanswered(url)}`, true, { cause });
  });
  if (response.ok) return response;
  response.body?.cancel().catch(() => undefined);
  const { status, url: answeredBy } = response;
  const refused = `${fileName(url)} could not be loaded: the server answered ${status}: `;
  if (status >= 500) throw new GazeError('network', `${refused}try again later`);
  throw new Absent(status === 404 || status === 410 ? 'missing' : 'network', `${refused}is it there, and may everyone read it?`, answeredBy);
}

/** Begins to read the file at `url`. Throws `Absent` too where something else is there, as its first bytes tell. */
export async function openFile(url: string, signal: AbortSignal): Promise<BegunFile> {
  return begin(url, await request(url, signal), signal);
}

/** The same with the answer to it. */
export async function begin(url: string, response: Response, signal: AbortSignal): Promise<BegunFile> {
  const reader = (response.body ?? new Blob().stream()).getReader();
  const next = async () => (await reader.read().catch(brokenOff(url, signal))).value;
  let start = new Uint8Array();
  while (start.length < HEAD_BYTES) {
    const piece = await next();
    if (!piece) break;
    start = start.length ? Uint8Array.of(...start, ...piece) : piece;
  }
  const stranger = strangerIn(start);
  if (!stranger) return { response, start, next };
  const sent = response.url ? 'the server sent' : 'there is';
  const from = response.redirected ? ` from ${response.url.replace(/\?.*/, '')}` : '';
  throw new Absent('format', `${sent} ${stranger}${from} instead of ${fileName(url)}: check src`, response.url);
}

/** Hands over a file piece by piece. `onPiece` says false when it needs no more; what is on its way ends with the feed. */
export async function readPieces({ start, next }: BegunFile, onPiece: (piece: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>): Promise<void> {
  for (let piece: Uint8Array<ArrayBuffer> | undefined = start; piece; piece = await next()) {
    if (!(await onPiece(piece))) return;
  }
}

/** Why a browser gets no answer, as far as it lets a page know. */
function whyUnanswered(url: string): string {
  const { protocol, origin, host } = new URL(url);
  // A drive of Windows looks like a scheme.
  if (/^(file|.):/.test(protocol)) return 'put page and face on a web server';
  if (!navigator.onLine) return 'this device is offline';
  if (origin === self.origin) return 'check src and the connection';
  if (protocol === 'http:' && /^https/.test(self.origin)) return 'use https:, as the page does';
  return `is it there, and does ${host} send CORS headers?`;
}

/** Throws what a failure while reading means. */
export function brokenOff(url: string, signal: AbortSignal): (cause: unknown) => never {
  return (cause) => {
    if (signal.aborted) throw cause;
    throw new GazeError('network', `${fileName(url)} broke off while loading: check the connection and reload`, true, { cause });
  };
}

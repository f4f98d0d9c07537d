// Bytes from where they are said to be, with failures that a person understands.
import type { FileOrigin } from './assets.js';
import { GenerateError } from './failure.js';

/** A connection that has brought nothing for so long is given up, in milliseconds. */
const STALLED_MS = 30_000;

export interface Download {
  /** For messages. */
  name: string;
  signal: AbortSignal;
  /** No more bytes than this are kept. */
  limit: number;
  /** `total` is what the server says, 0 where it does not. */
  onBytes?: (loaded: number, total: number) => void;
  cache?: RequestCache;
  /** What to do where nothing is there, for messages. */
  advice?: string;
}

export interface Downloaded {
  bytes: Uint8Array<ArrayBuffer>;
  isCut: boolean;
  /** Whether the server calls it a web page. Many send one for whatever they do not know. */
  isPage: boolean;
}

/** Of the package's own files. */
export const OWN_FILE_ADVICE = ': serve what dist of gaze-tracker holds beside its scripts, or say where it is by setGenerateSource(); in Vite, name gaze-tracker in optimizeDeps.exclude';

/** Last part of an address. */
export function fileName(url: string): string {
  if (/^(data|blob):/i.test(url)) return 'the given address';
  try {
    return decodeURIComponent(new URL(url).pathname.split('/').pop() || url);
  } catch {
    return url;
  }
}

/** Fetches what is at `url`. Throws `missing` where nothing is there, `network` for all else; a file that goes on beyond
 * the limit is cut there, with `isCut`. */
export async function download(url: string, { name, signal, limit, onBytes, cache, advice = '' }: Download): Promise<Downloaded> {
  const watch = new AbortController();
  let timer = setTimeout(() => watch.abort(), STALLED_MS);
  const onAbort = () => watch.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const failed = (cause: unknown, what: string) => {
    signal.throwIfAborted();
    const why = watch.signal.aborted ? `has brought nothing for ${STALLED_MS / 1000} seconds` : what;
    return new GenerateError('network', `${name} ${why}`, { cause });
  };
  try {
    signal.throwIfAborted();
    if (!url) throw new GenerateError('missing', `a script that is no module does not know where ${name} is${advice}`);
    const response = await fetch(url, { signal: watch.signal, ...(cache && { cache }) }).catch((cause: unknown) => {
      throw failed(cause, 'could not be fetched: check the address, the connection and, on another host, its CORS headers');
    });
    if (!response.ok || !response.body) {
      response.body?.cancel().catch(() => undefined);
      const kind = response.status === 404 || response.status === 410 ? 'missing' : 'network';
      throw new GenerateError(kind, `${name} could not be loaded: the server answered ${response.status}${kind === 'missing' ? advice : ''}`);
    }
    const total = Number(response.headers.get('content-length')) || 0;
    const reader = response.body.getReader();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let loaded = 0;
    while (loaded <= limit) {
      const { value } = await reader.read().catch((cause: unknown) => {
        throw failed(cause, 'broke off while loading: check the connection and try again');
      });
      if (!value) break;
      clearTimeout(timer);
      timer = setTimeout(() => watch.abort(), STALLED_MS);
      pieces.push(value);
      loaded += value.length;
      onBytes?.(loaded, total);
    }
    void reader.cancel().catch(() => undefined);
    const isPage = /html/.test(response.headers.get('content-type') ?? '');
    return { bytes: joined(pieces, Math.min(loaded, limit)), isCut: loaded > limit, isPage };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** The failure where a web page came instead of one of the package's files. */
export function pageInstead(name: string): GenerateError {
  return new GenerateError('missing', `the server sent a web page instead of ${name}${OWN_FILE_ADVICE}`);
}

/** The bytes that a page gave, unpacked where they are gzipped; no more than `limit`. */
export async function given(from: Exclude<FileOrigin, string>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const blob = from instanceof Blob ? from : new Blob([from]);
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return new Uint8Array(await blob.slice(0, limit).arrayBuffer());
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < limit) {
    const { value } = await reader.read();
    if (!value) break;
    pieces.push(value);
    length += value.length;
  }
  void reader.cancel().catch(() => undefined);
  return joined(pieces, Math.min(length, limit));
}

function joined(pieces: Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    const part = piece.subarray(0, length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

// Fetching, with failures that a person understands.
import { fileName } from '../address.js';
import { GazeError } from '../failure.js';

/** Fetches `url`. Throws `missing` where nothing is there, `network` for all else. */
export async function request(url: string, signal: AbortSignal): Promise<Response> {
  const name = fileName(url);
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new GazeError('network', `${name} could not be fetched: check the address, the connection and, on another host, its CORS headers`, true, { cause });
  }
  if (response.ok && response.body) return response;
  response.body?.cancel().catch(() => undefined);
  const code = response.status === 404 || response.status === 410 ? 'missing' : 'network';
  throw new GazeError(code, `${name} could not be loaded: the server answered ${response.status}`);
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** The next piece of the body of `response`; none at its end. Throws `network` where the connection breaks off. */
export async function readPiece(reader: Reader, response: Response, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { value } = await reader.read().catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new GazeError('network', `${fileName(response.url)} broke off while loading: check the connection and reload`, true, { cause });
  });
  return value;
}

/** Hands over the body piece by piece. `onPiece` says false when it needs no more. */
export async function readPieces(
  response: Response,
  signal: AbortSignal,
  onPiece: (piece: Uint8Array) => boolean | Promise<boolean>,
): Promise<void> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const piece = await readPiece(reader, response, signal);
      if (!piece || !(await onPiece(piece))) return;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

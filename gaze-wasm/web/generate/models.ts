// The face models: fetched once, kept in the browser's cache, and used only if they are what they should be.
import { type Asset, type FileOrigin } from './assets.js';
import { download, given, OWN_FILE_ADVICE, pageInstead } from './download.js';
import { GenerateError } from './failure.js';

/** The SHA-256 of bytes. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

const CACHE = 'gaze-tracker-models';

/** The bytes of a model. Throws `missing`, `network` or `integrity`. */
export async function loadModel(
  asset: Asset,
  origin: FileOrigin,
  digest: Digest,
  signal: AbortSignal,
  onBytes: (loaded: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const isRight = async (bytes: Uint8Array<ArrayBuffer>) => bytes.length === asset.bytes && hexOf(await digest(bytes)) === asset.sha256;
  if (typeof origin !== 'string') {
    const bytes = await given(origin, asset.bytes + 1).catch((cause: unknown) => {
      throw wrong(asset, cause);
    });
    if (!(await isRight(bytes))) throw wrong(asset);
    return bytes;
  }
  const kept = await readKept(asset);
  if (kept && (await isRight(kept))) return kept;
  if (kept) await forget(asset);
  let isWebPage = false;
  // The first answer may be an old one from a cache on the way.
  for (const cache of ['default', 'reload'] as const) {
    const { bytes, isCut, isPage } = await download(origin, { name: asset.name, signal, limit: asset.bytes, onBytes, cache, advice: OWN_FILE_ADVICE });
    isWebPage = isPage;
    if (isCut || !(await isRight(bytes))) continue;
    // Nothing waits for that.
    void keep(asset, bytes);
    return bytes;
  }
  throw isWebPage ? pageInstead(asset.name) : wrong(asset);
}

function wrong({ name }: Asset, cause?: unknown): GenerateError {
  const message = `${name} is not the model that this version of gaze-tracker was made for: serve the file from dist/models of the same version`;
  return new GenerateError('integrity', message, { cause });
}

function hexOf(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The cache is an extra: it is missing without a secure context, and may refuse.

/** What it is kept as: by content, whatever address it came from. */
function keyOf({ name, sha256 }: Asset): string {
  return `https://gaze-tracker.invalid/${sha256}/${name}`;
}

async function readKept(asset: Asset): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const response = await (await caches.open(CACHE)).match(keyOf(asset));
    return response && new Uint8Array(await response.arrayBuffer());
  } catch {
    return undefined;
  }
}

async function keep(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await (await caches.open(CACHE)).put(keyOf(asset), new Response(bytes));
  } catch {
    // It is fetched again next time.
  }
}

async function forget(asset: Asset): Promise<void> {
  try {
    await (await caches.open(CACHE)).delete(keyOf(asset));
  } catch {
    // It is replaced by the right one, or found wrong again.
  }
}

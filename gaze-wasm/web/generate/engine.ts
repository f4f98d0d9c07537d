// The Rust half and its models, loaded once for all tasks.
import { MODELS, WASM_BYTES, type Origins } from './assets.js';
import { download, fileName, given, OWN_FILE_ADVICE, pageInstead } from './download.js';
import { GenerateError, wordsOf } from './failure.js';
import { loadModel, type Digest } from './models.js';
import init, * as exports from '../../pkg/generate/gaze_generate.js';

export type { Made as MadeRig, Picture } from '../../pkg/generate/gaze_generate.js';
export type Generator = exports.Generator;

/** More than any module of this kind has. */
const WASM_LIMIT = 16 << 20;

type OnBytes = (loaded: number, total: number) => void;

interface Waiter {
  onBytes: OnBytes;
}

export class Engine {
  readonly #origins: Origins;
  readonly #waiters = new Set<Waiter>();
  #loading: { generator: Promise<Generator>; cancel: AbortController } | undefined;
  /** Bytes that have arrived: the module's, then each model's. */
  #loaded: number[] = [];

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** The models, ready; loaded at the first call. A failure is not kept: the next call tries again. Loading stops when
   * nobody waits for it any more. */
  async load(signal: AbortSignal, onBytes: OnBytes): Promise<Generator> {
    signal.throwIfAborted();
    const waiter = { onBytes };
    this.#waiters.add(waiter);
    const loading = (this.#loading ??= this.#start());
    const cancelled = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
      return await Promise.race([loading.generator, cancelled]);
    } catch (thrown) {
      if (!signal.aborted && this.#loading === loading) this.#loading = undefined;
      throw thrown;
    } finally {
      this.#waiters.delete(waiter);
      if (signal.aborted && !this.#waiters.size && this.#loading === loading) {
        loading.cancel.abort();
        this.#loading = undefined;
      }
    }
  }

  #start() {
    const cancel = new AbortController();
    const generator = this.#fetchAll(cancel.signal);
    // Whoever waits hears of it. What else is on its way is of no use then.
    generator.catch(() => cancel.abort());
    return { generator, cancel };
  }

  async #fetchAll(signal: AbortSignal): Promise<Generator> {
    this.#loaded = [0, ...MODELS.map(() => 0)];
    const started = startWasm(this.#origins.wasm, signal, (loaded) => this.#count(0, loaded));
    const digest: Digest = async (bytes) => {
      if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      await started;
      return exports.sha256(bytes);
    };
    const models = MODELS.map(async (asset, i) => {
      const bytes = await loadModel(asset, this.#origins.models[i]!, digest, signal, (loaded) => this.#count(1 + i, loaded));
      this.#count(1 + i, asset.bytes);
      return bytes;
    });
    // The first failure is told; none of the others is left unheard.
    const [, detector, mesh, iris, personMask] = await Promise.all([started, ...models]);
    this.#count(0, WASM_BYTES);
    signal.throwIfAborted();
    return new exports.Generator(detector!, mesh!, iris!, personMask!);
  }

  #count(part: number, loaded: number): void {
    const total = [WASM_BYTES, ...MODELS.map(({ bytes }) => bytes)];
    this.#loaded[part] = Math.min(loaded, total[part]!);
    const sum = (parts: number[]) => parts.reduce((a, b) => a + b, 0);
    for (const { onBytes } of this.#waiters) onBytes(sum(this.#loaded), sum(total));
  }
}

/** Whether the module has stopped in the middle of something, and cannot be used as it is. */
let hasStopped = false;

/** Says that the module has stopped for good. The next engine starts it anew, where no new worker does. */
export function stopped(): void {
  hasStopped = true;
}

/** Whether what was thrown is the Rust half's own failure; it is freed. */
export function failureOf(thrown: unknown): GenerateError | undefined {
  if (!(thrown instanceof exports.Failure)) return undefined;
  const error = new GenerateError(thrown.kind as GenerateError['kind'], thrown.message);
  thrown.free();
  return error;
}

async function startWasm(origin: Origins['wasm'], signal: AbortSignal, onBytes: (loaded: number) => void): Promise<void> {
  const name = typeof origin === 'string' ? fileName(origin) || 'its module' : 'the given module';
  const source = await bytesOfWasm(origin, name, signal, onBytes);
  try {
    await init({ module_or_path: source });
    if (hasStopped) exports.__wbg_reset_state();
    hasStopped = false;
  } catch (cause) {
    const message = `faces cannot be made here, since ${name} could not be started: is it the file of this version, and does the page's content security policy allow 'wasm-unsafe-eval' in script-src? ${wordsOf(cause)}`;
    throw new GenerateError('wasm', message, { cause });
  }
}

async function bytesOfWasm(origin: Origins['wasm'], name: string, signal: AbortSignal, onBytes: (loaded: number) => void): Promise<Uint8Array<ArrayBuffer> | WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new GenerateError('wasm', 'faces cannot be made here: this browser has WebAssembly switched off');
  if (origin instanceof WebAssembly.Module) return origin;
  if (typeof origin !== 'string') return given(origin, WASM_LIMIT);
  const { bytes, isPage } = await download(origin, { name, signal, limit: WASM_LIMIT, onBytes, advice: OWN_FILE_ADVICE });
  if (isPage) throw pageInstead(name);
  return bytes;
}

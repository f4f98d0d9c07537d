// Loads the module that draws rigs, once for all of them and only where there is one.
import { initialised, notStarted } from './wasm.js';
import init, * as exports from '../pkg/live_rig.js';

export type { LiveRig, StoredRig } from '../pkg/live_rig.js';

export interface RigWasm {
  readonly StoredRig: typeof exports.StoredRig;
  /** Where frames are drawn. */
  readonly memory: WebAssembly.Memory;
}

/** A function whose body needs SIMD: `i32.const 0; i8x16.splat; drop`. */
const NEEDS_SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11);

let loading: Promise<RigWasm> | undefined;

/** The module, compiled at the first call. Throws a `GazeError`. A failure is not kept: the next call tries again. */
export function loadRigWasm(): Promise<RigWasm> {
  const isFast = WebAssembly.validate(NEEDS_SIMD);
  loading ??= initialised(init, 'rig', ({ rig }) => (isFast ? rig.simd : rig.plain)).then(
    ({ memory }) => ({ StoredRig: exports.StoredRig, memory }),
    (cause: unknown) => {
      loading = undefined;
      throw notStarted('what draws the face', cause);
    },
  );
  return loading;
}

/** Begins to load the module, where it is certain that it will be needed. Whoever needs it hears of failures. */
export function preloadRigWasm(): void {
  void loadRigWasm().catch(() => undefined);
}

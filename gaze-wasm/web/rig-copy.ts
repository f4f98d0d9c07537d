// A copy of the module that draws rigs, the one with SIMD: as player-copy.ts has one of the player's.
import bytes from '../pkg/live_rig_simd_bg.wasm.gz';

/** The copy, gzipped. */
export function copyOf(): Uint8Array<ArrayBuffer> {
  return bytes;
}

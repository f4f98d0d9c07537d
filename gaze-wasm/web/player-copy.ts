// A copy of the player's module, as a script, which bundlers take along wherever they put it: for where the file beside
// the script cannot be had. A file of its own, which others never load.
import bytes from '../pkg/gaze_tracker_bg.wasm.gz';

/** The copy, gzipped. `why` it is needed is told once. */
export function copyOf(why: string): Uint8Array<ArrayBuffer> {
  console.info(`gaze-tracker uses the copy of its WebAssembly that its scripts carry, after one request in vain: ${why}. To spare that, say where the file is by setWasmSource(); in Vite, name gaze-tracker in optimizeDeps.exclude.`);
  return bytes;
}

// The player for rigs alone, in one file, for pages that have no address of their own, such as a notebook's output: its
// WebAssembly is inside, and it draws in the page. It defines no element: whoever embeds it chooses the name.
import wasm from '../pkg/rig_player_bg.wasm.gz';
import rig from '../pkg/live_rig_simd_bg.wasm.gz';
import { setWasmSource } from './wasm-source.js';

setWasmSource(wasm, rig);

export { GazeTracker } from './element.js';

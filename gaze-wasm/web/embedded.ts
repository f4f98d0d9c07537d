// The WebAssembly that single.ts carries. A module of its own, so that it is in place before anything is defined. Of what
// draws rigs there is only the one for browsers with SIMD: those that can unpack this file have it.
import wasm from '../pkg/gaze_tracker_bg.wasm.gz';
import rig from '../pkg/live_rig_simd_bg.wasm.gz';
import { setWasmSource } from './wasm-source.js';

setWasmSource(wasm, rig);

// The WebAssembly that single.ts carries. A module of its own, so that it is in place before anything is defined.
import wasm from '../pkg/gaze_tracker_bg.wasm.gz';
import rig from '../pkg/live_rig_bg.wasm.gz';
import { setWasmSource } from './wasm-source.js';

setWasmSource(wasm, rig);

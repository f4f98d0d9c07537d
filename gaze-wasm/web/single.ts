// The whole player in one file, for a plain <script type="module">: WebAssembly inside.
import wasm from '../pkg/gaze_tracker_bg.wasm';
import { setWasmSource } from './wasm.js';

setWasmSource(wasm as unknown as Uint8Array<ArrayBuffer>);

export * from './define.js';

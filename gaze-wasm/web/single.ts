// The whole player in one file, for a plain <script type="module">: WebAssembly inside.
import './embedded.js';

export * from './define.js';

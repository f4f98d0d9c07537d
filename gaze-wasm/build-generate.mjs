// From pkg/generate/ (wasm-bindgen's output), web/generate/ and the face models to gaze-tracker/generate in dist/. Called
// by build.mjs.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);
const MODELS = at('..', 'gaze-face', 'models');
/** In the order in which the Rust half takes them. */
const MODEL_NAMES = ['face_detection_short_range.onnx', 'face_landmark.onnx', 'iris_landmark.onnx', 'selfie_segmentation.onnx'];
/** Makes dist/generate.js, the two modules and dist/models/. `shared` are the player's options for esbuild, `features` what a
 * module may need of WebAssembly; returns what else its sources are bundled with. */
export async function buildGenerate(shared, features) {
  const sizes = [strip('gaze_generate_bg.wasm', features), strip('gaze_generate_simd_bg.wasm', features | binaryen.Features.SIMD128)];
  mkdirSync(at('dist', 'models'), { recursive: true });
  const models = MODEL_NAMES.map((name) => {
    copyFileSync(join(MODELS, name), at('dist', 'models', name));
    const bytes = readFileSync(join(MODELS, name));
    return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  copyFileSync(join(MODELS, 'LICENSE-APACHE-2.0.txt'), at('dist', 'models', 'LICENSE-APACHE-2.0.txt'));
  // Whose they are and what was changed: the licence asks for both.
  const [notice] = readFileSync(at('..', 'NOTICE'), 'utf8').match(/^Face models\n-+\n.*?(?=^[^\n]*\n-+\n)/ms);
  writeFileSync(at('dist', 'models', 'NOTICE.txt'), notice);

  const define = { GAZE_MODELS: JSON.stringify(models), GAZE_WASM_BYTES: String(Math.max(...sizes)) };
  // The worker is carried as text, so that it needs no address of its own.
  await build({ ...shared, format: 'iife', outdir: undefined, outfile: 'pkg/generate/worker.txt', entryPoints: ['web/generate/worker-entry.ts'], define: { ...define, 'import.meta.url': '"about:blank"' } });
  await build({ ...shared, entryPoints: ['web/generate/generate-in-page.ts'], define });
  await build({ ...shared, loader: { '.txt': 'text' }, entryPoints: ['web/generate.ts'], external: ['./generate-in-page.js'], define });
  return define;
}

/** Brings a module without its names from pkg/ to dist/; returns its size. One that uses what it must not is refused.
 * Optimising it further takes minutes, and makes it neither faster nor, compressed, smaller. */
function strip(name, features) {
  const module = binaryen.readBinary(readFileSync(at('pkg', 'generate', name)));
  module.setFeatures(features);
  if (!module.validate()) throw new Error(`${name} needs features that it must not need`);
  const bytes = module.emitBinary();
  module.dispose();
  writeFileSync(at('dist', name), bytes);
  return bytes.length;
}

// From pkg/generate/ (wasm-bindgen's output), web/generate/ and the face models to gaze-tracker/generate in dist/. Called
// by build.mjs; as a script with --digest, it prints what tells whether pkg/generate/ was built from today's sources.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);
const MODELS = at('..', 'gaze-face', 'models');
/** In the order in which the Rust half takes them. */
const MODEL_NAMES = ['face_detection_short_range.onnx', 'face_landmark.onnx', 'iris_landmark.onnx', 'selfie_segmentation.onnx'];
const { MutableGlobals, SignExt, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, Multivalue, ReferenceTypes, CallIndirectOverlong, SIMD128 } = binaryen.Features;
/** What Rust compiles to and all supported browsers run. */
const PLAIN = MutableGlobals | SignExt | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | Multivalue | ReferenceTypes | CallIndirectOverlong;
const MODULES = { 'gaze_generate_bg.wasm': PLAIN, 'gaze_generate_simd_bg.wasm': PLAIN | SIMD128 };

/** Makes dist/generate.js, the two modules and dist/models/. `shared` are the player's options for esbuild. */
export async function buildGenerate(shared) {
  const built = at('pkg', 'generate', 'rust.sha256');
  if (!existsSync(built) || readFileSync(built, 'utf8').trim() !== rustDigest()) {
    console.error('pkg/generate/ was built from other Rust sources: run scripts/build-player.sh');
    process.exit(1);
  }
  const sizes = Object.entries(MODULES).map(([name, features]) => optimize(name, features));
  mkdirSync(at('dist', 'models'));
  const models = MODEL_NAMES.map((name) => {
    copyFileSync(join(MODELS, name), at('dist', 'models', name));
    const bytes = readFileSync(join(MODELS, name));
    return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  copyFileSync(join(MODELS, 'LICENSE-APACHE-2.0.txt'), at('dist', 'models', 'LICENSE-APACHE-2.0.txt'));

  const define = { GAZE_MODELS: JSON.stringify(models), GAZE_WASM_BYTES: String(Math.max(...sizes)) };
  // The worker is carried as text, so that it needs no address of its own.
  await build({ ...shared, format: 'iife', outdir: undefined, outfile: 'pkg/generate/worker.txt', entryPoints: ['web/generate/worker-entry.ts'], define: { ...define, 'import.meta.url': '"about:blank"' } });
  await build({ ...shared, entryPoints: ['web/generate/generate-in-page.ts'], define });
  await build({ ...shared, loader: { '.txt': 'text' }, entryPoints: { generate: 'web/generate/index.ts' }, external: ['./generate-in-page.js'], define });
}

/** Optimises a module for speed; returns its size. One that uses what it must not is refused. */
function optimize(name, features) {
  const module = binaryen.readBinary(readFileSync(at('pkg', 'generate', name)));
  module.setFeatures(features);
  if (!module.validate()) throw new Error(`${name} uses more of WebAssembly than it may`);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  const bytes = module.emitBinary();
  module.dispose();
  writeFileSync(at('dist', name), bytes);
  return bytes.length;
}

function rustDigest() {
  const hash = createHash('sha256');
  const crates = ['gaze-rig', 'gaze-face', 'gaze-wasm/generate'].map((crate) => at('..', crate));
  const files = crates.flatMap((crate) => [join(crate, 'Cargo.toml'), ...filesBelow(join(crate, 'src'))]);
  for (const file of [...files, at('..', 'Cargo.lock')].sort()) hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function filesBelow(dir) {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name)).filter((path) => statSync(path).isFile());
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--digest') console.log(rustDigest());

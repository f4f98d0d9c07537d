// From pkg/ (wasm-bindgen's output) and web/ to dist/: the npm package. Called by scripts/build-player.sh.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { build } from 'esbuild';
import { buildGenerate } from './build-generate.mjs';
import { rename, smallGlue } from './build-glue.mjs';
import { buildRigPlayer } from './build-rig-player.mjs';
import { buildMaker } from './maker/build.mjs';
import { buildStudio } from './studio/build.mjs';
import { rustDigest } from './rust-sources.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);

if (!existsSync(at('pkg', 'rust.sha256')) || readFileSync(at('pkg', 'rust.sha256'), 'utf8').trim() !== rustDigest()) {
  console.error('pkg/ was built from other Rust sources: run scripts/build-player.sh');
  process.exit(1);
}

rmSync(at('dist'), { recursive: true, force: true });
mkdirSync(at('dist'), { recursive: true });

// What Rust compiles to and all supported browsers run.
const { MutableGlobals, SignExt, NontrappingFPToInt, BulkMemory, BulkMemoryOpt, Multivalue, ReferenceTypes, CallIndirectOverlong, SIMD128 } = binaryen.Features;
const FEATURES = MutableGlobals | SignExt | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | Multivalue | ReferenceTypes | CallIndirectOverlong;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
// Nothing is kept in the first kilobyte: it is the end of the stack, which grows downwards.
binaryen.setLowMemoryUnused(true);

/** Makes a module of that script smaller by about a tenth. */
function shrink(module, script) {
  rename(module, script);
  module.runPasses(['strip-debug', 'strip-producers', 'strip-target-features']);
  module.optimize();
  module.optimize();
}

/** The same from pkg/ to dist/. */
function optimise(name, script, features) {
  const module = binaryen.readBinary(readFileSync(at('pkg', name)));
  module.setFeatures(features);
  shrink(module, script);
  // Refuses what the features do not allow: a plain module must run where there is no SIMD.
  if (!module.validate()) throw new Error(`${name} needs features that it must not need`);
  writeFileSync(at('dist', name), module.emitBinary());
  module.dispose();
  // The single file carries it compressed: base64 of that is smaller on the wire than of the plain module.
  const compressed = gzipSync(readFileSync(at('dist', name)), { level: 9 });
  writeFileSync(at('pkg', `${name}.gz`), compressed);
}

optimise('gaze_tracker_bg.wasm', 'gaze_tracker', FEATURES);
optimise('live_rig_bg.wasm', 'live_rig', FEATURES);
optimise('live_rig_simd_bg.wasm', 'live_rig', FEATURES | SIMD128);

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  outdir: 'dist',
  logLevel: 'warning',
  // Loaded only where a face is made of a portrait, or a module is not where it should be.
  external: ['./generate.js', './player-copy.js', './rig-copy.js'],
  plugins: [smallGlue],
};
// The worker is carried as text, so that it needs no address of its own.
await build({ ...shared, format: 'iife', outdir: undefined, outfile: 'pkg/worker-entry.txt', entryPoints: ['web/worker-entry.ts'], define: { 'import.meta.url': '"about:blank"' } });
const loader = { '.gz': 'binary', '.txt': 'text' };
const entryPoints = { index: 'web/index.ts', define: 'web/define.ts', jsx: 'web/jsx.ts' };
await build({ ...shared, loader, entryPoints, splitting: true, define: { GAZE_HAS_COPIES: 'true' } });
await build({ ...shared, loader, entryPoints: ['web/player-copy.ts', 'web/rig-copy.ts'] });
// The modules are inside: no address is needed, and no copy.
const single = { ...shared, loader, define: { 'import.meta.url': '"about:blank"', GAZE_HAS_COPIES: 'false' } };
await build({ ...single, entryPoints: { 'gaze-tracker': 'web/single.ts' } });
// For a <script> that is no module. What the package exports is in a variable.
await build({ ...single, entryPoints: { 'gaze-tracker.classic': 'web/single.ts' }, format: 'iife', globalName: 'gazeTracker' });
await buildRigPlayer(shared, FEATURES, shrink);
const define = await buildGenerate(shared, FEATURES);
await buildMaker(shared, define);
await buildStudio(shared, define);

execFileSync(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('tsconfig.json')], { stdio: 'inherit' });
// The types of wasm-bindgen that the public types mention, without what older type libraries lack.
mkdirSync(at('dist', 'pkg'));
for (const name of ['gaze_tracker.d.ts', 'live_rig.d.ts']) {
  writeFileSync(at('dist', 'pkg', name), readFileSync(at('pkg', name), 'utf8').replace(/^ *\[Symbol\.dispose\]\(\): void;\n/gm, ''));
}

for (const name of readdirSync(at('dist')).filter((name) => /\.(js|wasm|html)$/.test(name)).sort()) {
  const bytes = readFileSync(at('dist', name));
  console.log(`${name.padEnd(24)} ${String(bytes.length).padStart(7)} bytes, ${String(gzipSync(bytes, { level: 9 }).length).padStart(6)} gzipped`);
}

// From pkg/ and web/rig-player.ts to dist/rig-player.js, which the Python package's notebook widget carries in every saved
// notebook: so it is small. Called by build.mjs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);

/** What of the player's module plays frames or sheets: `coarseToFine`, `webpSize`, `SheetSet`, and those methods of `Player`. */
const FOR_FRAMES = /^(coarseToFine|webpSize|(__wbg_)?sheetset_.*|player_(setFrames|setCapacity|arrived|arrivedAll|decoded|failed|forgetDecoded|nextDecode|nextEviction|layer(Cell|Count|Weight)))$/;
/** Modules of web/ that no-frames.ts takes the place of. */
const REPLACED = /\/(folder|sheets|sheet-plan|frame-picture|frame-scaler|portrait)\.js$/;

/** Makes dist/rig-player.js. `shared` are the player's options for esbuild, `features` what its module may need, `shrink` makes it smaller. */
export async function buildRigPlayer(shared, features, shrink) {
  prune(features, shrink);
  await build({
    ...shared,
    entryPoints: ['web/rig-player.ts'],
    loader: { '.gz': 'binary', '.txt': 'text' },
    define: { 'import.meta.url': '"about:blank"', GAZE_HAS_COPIES: 'false' },
    plugins: [...shared.plugins, {
      name: 'rigs alone',
      setup(pipeline) {
        pipeline.onResolve({ filter: REPLACED }, () => ({ path: at('web', 'no-frames.ts') }));
        // A page without an address may start no worker: the code is there once, for the page.
        pipeline.onResolve({ filter: /\/worker-entry\.txt$/ }, ({ path }) => ({ path, namespace: 'no-worker' }));
        pipeline.onLoad({ filter: /./, namespace: 'no-worker' }, () => ({ contents: '', loader: 'text' }));
      },
    }],
  });
}

/** Leaves out of the player's module what only frames need. */
function prune(features, shrink) {
  const module = binaryen.readBinary(readFileSync(at('pkg', 'gaze_tracker_bg.wasm')));
  module.setFeatures(features);
  const names = Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)).name);
  const needless = names.filter((name) => FOR_FRAMES.test(name));
  if (needless.length < 20) throw new Error(`pkg/gaze_tracker_bg.wasm exports other names than expected: ${names.join(', ')}`);
  for (const name of needless) module.removeExport(name);
  shrink(module, 'gaze_tracker');
  if (!module.validate()) throw new Error('what is left of gaze_tracker_bg.wasm is not valid');
  writeFileSync(at('pkg', 'rig_player_bg.wasm.gz'), gzipSync(module.emitBinary(), { level: 9 }));
  module.dispose();
}

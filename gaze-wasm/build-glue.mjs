// What wasm-bindgen's scripts need not carry here: they can start a module from an address, an answer or what is known when
// they are built, and here they are given bytes. That is 400 bytes less for everyone. Called by build.mjs.
import { readFileSync } from 'node:fs';

/** What a script does to start its module, once; and what fetches that. */
const START = /async function __wbg_init_once\(module_or_path\) \{\n.*?\n\}\n/s;
const LOAD = /async function __wbg_load\(module, imports\) \{\n.*?\n\}\n/s;
const FROM_BYTES = `async function __wbg_init_once({ module_or_path }) {
  const made = await WebAssembly.instantiate(module_or_path, __wbg_get_imports());
  return __wbg_finalize_init(made.instance ?? made, made.module ?? module_or_path);
}
`;

/** A plugin for esbuild. */
export const glueFromBytes = {
  name: 'glue from bytes',
  setup(pipeline) {
    pipeline.onLoad({ filter: /[/\\]pkg[/\\](generate[/\\])?(gaze_tracker|live_rig|gaze_generate)\.js$/ }, ({ path }) => {
      const glue = readFileSync(path, 'utf8');
      if (!START.test(glue) || !LOAD.test(glue)) throw new Error(`${path} starts its module otherwise than expected`);
      return { contents: glue.replace(LOAD, '').replace(START, FROM_BYTES) };
    });
  },
};

// wasm-bindgen's scripts and modules, made smaller together by 1.8 KB on the wire. Called by build.mjs.
//
// The scripts can start a module from an address, an answer or what is known when they are built: here they are given bytes.
// And what a module and its script call each other by has long names: here short ones. That both are of one version is told by
// the name of what the module imports from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';

const PKG = fileURLToPath(new URL('pkg', import.meta.url));
/** What a script does to start its module, once; and what fetches that. */
const START = /async function __wbg_init_once\(module_or_path\) \{\n.*?\n\}\n/s;
const LOAD = /async function __wbg_load\(module, imports\) \{\n.*?\n\}\n/s;
const FROM_BYTES = `async function __wbg_init_once({ module_or_path }) {
  const made = await WebAssembly.instantiate(module_or_path, __wbg_get_imports());
  return __wbg_finalize_init(made.instance ?? made, made.module ?? module_or_path);
}
`;
/** What the module exports, as the script uses it; what it imports, as the script has it; and from where. The memory keeps its name. */
const EXPORT = /\bwasm\.(?!memory\b)(\w+)/g;
const IMPORT = /^ {8}(__wb\w+)(?=: function)/gm;
const ORIGIN = /"\.\/\w+_bg\.js"(?=: import0)/;

/** A plugin for esbuild. */
export const smallGlue = {
  name: 'small glue',
  setup(pipeline) {
    pipeline.onLoad({ filter: /[/\\]pkg[/\\]generate[/\\]gaze_generate\.js$/ }, ({ path }) => ({ contents: fromBytes(readFileSync(path, 'utf8'), path) }));
    pipeline.onLoad({ filter: /[/\\]pkg[/\\](gaze_tracker|live_rig)\.js$/ }, ({ path }) => {
      const glue = fromBytes(readFileSync(path, 'utf8'), path);
      if (!ORIGIN.test(glue)) throw new Error(`${path} has imports otherwise than expected`);
      const names = shortNames(glue);
      const contents = glue.replace(EXPORT, (_, name) => `wasm.${names.get(name)}`).replace(IMPORT, (name) => `        ${names.get(name.trim())}`);
      return { contents: contents.replace(ORIGIN, JSON.stringify(version())) };
    });
  },
};

function fromBytes(glue, path) {
  if (!START.test(glue) || !LOAD.test(glue)) throw new Error(`${path} starts its module otherwise than expected`);
  return glue.replace(LOAD, '').replace(START, FROM_BYTES);
}

/** Gives a module the names that its script, pkg/`script`.js, has for what both share. */
export function rename(module, script) {
  const names = shortNames(fromBytes(readFileSync(join(PKG, `${script}.js`), 'utf8'), script));
  const exports = Array.from({ length: module.getNumExports() }, (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)));
  for (const { name, value, kind } of exports.filter(({ name }) => name !== 'memory')) {
    module.removeExport(name);
    // What the script has no use for goes.
    if (!names.has(name)) continue;
    if (kind === binaryen.ExternalFunction) module.addFunctionExport(value, names.get(name));
    else if (kind === binaryen.ExternalTable) module.addTableExport(value, names.get(name));
    else throw new Error(`${script} exports ${name}, which is no function and no table`);
  }
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
  for (const { name, module: origin, base, params, results } of functions.filter((each) => each.module)) {
    if (!names.has(base)) throw new Error(`${script}.js lacks ${base} of ${origin}`);
    module.removeFunction(name);
    module.addFunctionImport(name, version(), names.get(base), params, results);
  }
}

/** Short names by long ones: the same for all modules of one script. */
function shortNames(glue) {
  const long = new Set([...glue.matchAll(EXPORT), ...glue.matchAll(IMPORT)].map(([, name]) => name));
  return new Map([...long].map((name, i) => [name, `_${i.toString(36)}`]));
}

/** What tells modules of one state of the Rust sources from those of another. */
function version() {
  return readFileSync(join(PKG, 'rust.sha256'), 'utf8').slice(0, 8);
}

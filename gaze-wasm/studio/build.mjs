// From studio/ and what makes faces to dist/studio/: the page that `gaze studio` serves. index.html is a template that the
// server fills in; all else has names that change with its content. Called by ../build.mjs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
/** What the server puts in: each once. */
const PLACES = ['base', 'title', 'description', 'social', 'config'];

/** Makes dist/studio/, after what makes faces. `shared` are the player's options for esbuild, `define` those of what makes
 * faces. */
export async function buildStudio(shared, define) {
  execFileSync(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('studio', 'tsconfig.json')], { stdio: 'inherit' });
  mkdirSync(at('dist', 'studio'), { recursive: true });
  const options = {
    ...shared,
    outdir: 'dist/studio',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    metafile: true,
    external: [],
    splitting: true,
    define: { ...define, 'import.meta.url': '"about:blank"' },
    loader: { '.txt': 'text', '.html': 'text', '.gaze': 'file', '.wasm': 'file' },
  };
  const scripts = await build({ ...options, entryPoints: { studio: 'studio/main.ts' } });
  const styles = await build({ ...options, splitting: false, entryPoints: { studio: 'studio/style.css' }, loader: { '.woff2': 'file' } });
  const names = { script: nameOf(scripts, /studio-.*\.js$/), style: nameOf(styles, /\.css$/), font: nameOf(styles, /\.woff2$/) };

  // Comments are for those who read the source, but for what licences ask for.
  const page = readFileSync(at('studio', 'index.html'), 'utf8')
    .replace(/<!--(?!!).*?-->\n*/gs, '')
    .replace(/\[\[(\w+)\]\]/g, (_, name) => names[name]);
  for (const place of PLACES) {
    const count = page.split(`{{${place}}}`).length - 1;
    if (count !== 1) throw new Error(`studio/index.html has {{${place}}} ${count} times`);
  }
  writeFileSync(at('dist', 'studio', 'index.html'), page);
}

function nameOf({ metafile }, pattern) {
  const found = Object.keys(metafile.outputs).filter((path) => pattern.test(path));
  if (found.length !== 1) throw new Error(`${pattern} stands for ${found.join(', ') || 'nothing'}`);
  return basename(found[0]);
}

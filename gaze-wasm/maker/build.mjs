// From maker/ and what makes faces to dist/maker.html: one page that makes portraits, but for the player and the face models,
// which `gaze` has anyway: `gaze maker` puts them in when it writes the page. Called by ../build.mjs.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
/** Where the rest is put in: gaze-cli/src/maker.rs looks for these. */
const MODELS_PLACE = '<!--models-->';
const PLAYER_PLACE = '{{carried-player}}';
const PLAYER_DIGEST_PLACE = '{{player-digest}}';

/** Makes dist/maker.html, after what makes faces. `shared` are the player's options for esbuild, `define`
 * those of what makes faces. */
export async function buildMaker(shared, define) {
  execFileSync(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', at('maker', 'tsconfig.json')], { stdio: 'inherit' });
  const options = { ...shared, outdir: undefined, write: false };
  const bundle = async (more) => (await build({ ...options, ...more })).outputFiles[0].text;
  const script = await bundle({ entryPoints: ['maker/main.ts'], loader: { '.txt': 'text', '.html': 'text' }, define: { ...define, 'import.meta.url': '"about:blank"' } });
  const style = await bundle({ entryPoints: ['maker/style.css'], loader: { '.woff2': 'dataurl' } });
  if (/<\/script|<!--/i.test(script)) throw new Error('the script would end within the page');

  const data = [
    block('gaze_generate_simd_bg.wasm.gz', gzipSync(readFileSync(at('dist', 'gaze_generate_simd_bg.wasm')), { level: 9 })),
    block('demo.gaze', readFileSync(at('portrait-page', 'demo.gaze'))),
    MODELS_PLACE,
  ].join('\n');
  const values = { policy: policyOf(script, style), style, player: PLAYER_PLACE, script, data };
  // Comments are for those who read the source, but for what licences ask for.
  const page = readFileSync(at('maker', 'index.html'), 'utf8').replace(/<!--(?!!).*?-->\n*/gs, '');
  writeFileSync(at('dist', 'maker.html'), page.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]));
}

/** A file as base64 in the page. */
function block(name, bytes) {
  return `<script type="application/octet-stream" data-name="${name}">${bytes.toString('base64')}</script>`;
}

/** A policy by which the page runs what it carries, and can neither fetch nor send anything. */
function policyOf(script, style) {
  const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${digest(script)} 'sha256-${PLAYER_DIGEST_PLACE}' 'wasm-unsafe-eval'`,
    `style-src ${digest(style)}`,
    'font-src data:',
    'img-src blob: data:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

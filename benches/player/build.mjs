// @ts-check
// Bundles the peer as a site would: one minified module, tree-shaken.

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** Writes the peer's bundle and says into which folder. */
export async function buildPeer() {
  await build({
    entryPoints: [at('./peer/peer.js')],
    outdir: at('./build/'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
  });
  return at('./build/');
}

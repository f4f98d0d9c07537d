// One digest of what becomes WebAssembly: tells whether pkg/ was built from today's Rust sources. Run as a script, it
// prints the digest.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export function rustDigest() {
  const hash = createHash('sha256');
  for (const file of rustSources().sort()) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function rustSources() {
  const shared = ['gaze-rig', 'gaze-core'].map((crate) => join(root, crate, 'src')).find(existsSync);
  const crates = ['gaze-wasm', 'gaze-wasm/rig', 'gaze-wasm/generate', 'gaze-face'].map((crate) => join(root, crate));
  return [...crates.flatMap((crate) => [...filesBelow(join(crate, 'src')), join(crate, 'Cargo.toml')]), ...filesBelow(shared)];
}

function filesBelow(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(rustDigest());

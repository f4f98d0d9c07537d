// What the player is made of, as one digest: tells whether gaze-cli/player/ was built from today's sources.
// Importing this builds nothing. `node sources.mjs --check` fails where the two differ; `--rust` prints the digest
// of the Rust half.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const at = (...parts) => join(root, ...parts);

/** The single file that `gaze preview` and `gaze export` carry, and its stamp. */
export const PLAYER = at('..', 'gaze-cli', 'player');

/** One digest of every source of the player. */
export function sourceStamp() {
  return digest([...rustSources(), ...filesBelow(at('web')), ...['build.mjs', 'package.json'].map((name) => at(name))]);
}

/** One digest of what becomes WebAssembly. */
export function rustStamp() {
  return digest(rustSources());
}

function rustSources() {
  const core = at('..', 'gaze-core', 'src');
  return [
    ...filesBelow(at('src')),
    at('Cargo.toml'),
    // What gaze-core compiles without features and the player uses.
    ...['error', 'frame', 'layout', 'manifest', 'pose', 'sweep'].map((name) => join(core, `${name}.rs`)),
    ...['mod', 'head', 'order', 'picture'].map((name) => join(core, 'pack', `${name}.rs`)),
  ];
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    hash.update(relative(at('..'), file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** The stamp beside the committed single file; empty where there is none. */
export function committedStamp() {
  try {
    return readFileSync(join(PLAYER, 'sources.sha256'), 'utf8').trim();
  } catch {
    return '';
  }
}

function filesBelow(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--rust') {
    console.log(rustStamp());
  } else if (process.argv[2] === '--check' && committedStamp() !== sourceStamp()) {
    console.error('gaze-cli/player/gaze-tracker.js was built from other sources: run scripts/build-player.sh and commit both files there');
    process.exit(1);
  }
}

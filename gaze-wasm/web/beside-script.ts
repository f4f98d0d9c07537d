// Files of the package that lie beside its scripts.

/** No literal: its slashes end lines for bundlers that look for files to take along by regular expressions themselves. */
const MOVED = new RegExp('/node_modules/[.].*?/deps[^/]*/');

/**
 * The address of such a file; empty where the script does not know its own, since a bundler has made a plain script of it.
 *
 * Development servers may have moved the scripts alone: Vite before version 8 puts what it has bundled of
 * `node_modules/gaze-tracker/dist` into `node_modules/.vite/deps` (Nuxt: `node_modules/.cache/vite/client/deps`).
 */
export function besideScript(address: () => URL | string): string {
  try {
    // In Next, what `new URL()` gives is a path.
    return new URL(address(), document.baseURI).href.replace(MOVED, '/node_modules/gaze-tracker/dist/');
  } catch {
    return '';
  }
}

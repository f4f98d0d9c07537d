// An app of a framework that has the package installed as npm would: built, rendered by the server, and served.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRAMEWORKS, readmeExamples } from '../packed.js';
import { fixture, PACKAGE, type Site } from '../site.js';

export type Framework = 'react' | 'preact' | 'vue' | 'svelte';
export type Mode = 'development' | 'production';

/** What the apps import besides, and where that lies. */
const NEIGHBOURS = {
  [PACKAGE]: ['react', 'react-dom'],
  [FRAMEWORKS]: ['preact', 'preact-render-to-string', 'svelte', 'vue'],
};

/** Installs the package from the file that `npm publish` would send. */
export function installPacked(modules: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'gaze-packed-'));
  const target = join(modules, 'gaze-tracker');
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: PACKAGE });
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, readdirSync(folder)[0]!), '--strip-components=1', '-C', target]);
  rmSync(folder, { recursive: true });
}

/** Copies the sources of the apps, and the README's examples. */
export function copyApps(folder: string): void {
  cpSync(join(FRAMEWORKS, 'apps'), folder, { recursive: true });
  for (const language of ['tsx', 'vue', 'svelte']) writeFileSync(join(folder, `Readme.${language}`), readmeExamples(language)[0]!);
}

export class App {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaze-app-'));

  constructor(readonly framework: Framework, mode: Mode) {
    const modules = join(this.folder, 'node_modules');
    installPacked(modules);
    for (const [where, names] of Object.entries(NEIGHBOURS)) {
      for (const name of names) symlinkSync(join(where, 'node_modules', name), join(modules, name));
    }
    copyApps(this.folder);
    this.#run(mode, join(FRAMEWORKS, 'build.mjs'), this.folder, framework);
    this.html = this.#run(mode, '--input-type=module', '-e', "import('./server/app.js').then(async ({ render }) => process.stdout.write(await render()))");
  }

  /** What the server renders. */
  readonly html: string;

  /** Serves the built files under a path, which is that of its folder. */
  serve(site: Site, path: string): void {
    site.route('/portrait.gaze', fixture('rig/portrait.gaze'));
    const client = join(this.folder, 'client');
    for (const name of readdirSync(client, { recursive: true, encoding: 'utf8' })) {
      if (/\.[a-z]+$/.test(name)) site.route(`${path}/${name}`, readFileSync(join(client, name)));
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #run(mode: Mode, ...parameters: string[]): string {
    const env = { ...process.env, NODE_ENV: mode };
    return execFileSync(process.execPath, parameters, { cwd: this.folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  }
}

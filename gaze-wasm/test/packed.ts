// The package as npm would publish it, in the node_modules of a consumer.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE } from './site.js';

/** Frameworks, and what checks their templates, beside those that the player's own tests need. */
export const FRAMEWORKS = join(PACKAGE, 'test', 'frameworks');

/** What the consumer has installed besides, and where that lies. */
const NEIGHBOURS = {
  [PACKAGE]: ['@types/react', 'csstype'],
  [FRAMEWORKS]: ['preact', 'solid-js', 'svelte', 'vue'],
};

export interface PackageJson {
  exports: Record<string, string | { types?: string; default?: string }>;
  sideEffects: string[];
  customElements: string;
  main: string;
  types: string;
  unpkg: string;
  jsdelivr: string;
}

export const MANIFEST = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as PackageJson & Record<string, unknown>;

/** Paths of the files that `npm publish` would send, from the package's root. */
export function packedFiles(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: PACKAGE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path).sort();
}

/** Packs the package as npm would; the path of the file. */
export function packTarball(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaze-pack-'));
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: PACKAGE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  return join(folder, filename);
}

/** The README's fenced blocks in a language. */
export function readmeExamples(language: string): string[] {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code!);
}

/** A folder in which `gaze-tracker` is installed. */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaze-consumer-'));

  constructor(files: readonly string[]) {
    const modules = join(this.folder, 'node_modules');
    for (const file of files) cpSync(join(PACKAGE, file), join(modules, 'gaze-tracker', file));
    for (const [where, names] of Object.entries(NEIGHBOURS)) {
      for (const name of names) {
        mkdirSync(dirname(join(modules, name)), { recursive: true });
        symlinkSync(join(where, 'node_modules', name), join(modules, name));
      }
    }
    this.write('package.json', '{ "type": "module" }');
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a script in Node; returns what it prints. */
  run(script: string): string {
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: this.folder, encoding: 'utf8' });
  }

  /** What the compiler has to say of these files under the strictest settings; nothing where all is well. */
  compile(files: readonly string[], options: Record<string, unknown>): string {
    this.configure(files, options);
    return this.check(join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', this.folder);
  }

  /** Writes tsconfig.json. */
  configure(files: readonly string[], options: Record<string, unknown>, rest: Record<string, unknown> = {}): void {
    const compilerOptions = {
      target: 'ES2022', lib: ['ES2022', 'DOM'], types: [], noEmit: true,
      strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true,
      // The package's own declarations are under test too.
      skipLibCheck: false,
      ...options,
    };
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files, ...rest }));
  }

  /** What a checker that runs in Node has to say; nothing where all is well. */
  check(script: string, ...parameters: string[]): string {
    try {
      execFileSync(process.execPath, [script, ...parameters], { cwd: this.folder, encoding: 'utf8' });
      return '';
    } catch (failure) {
      return String((failure as { stdout?: string }).stdout || failure);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

// The package as it would be published: what is in it, how large it is, and how others import and compile it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Consumer, MANIFEST, packedFiles, packTarball } from './packed.js';
import { DIST, PACKAGE } from './site.js';

const files = packedFiles();
let consumer: Consumer;
beforeAll(() => void (consumer = new Consumer(files)));
afterAll(() => consumer.remove());

describe('contents', () => {
  test('every address of the exports map leads to a published file', () => {
    const targets = Object.values(MANIFEST.exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
    for (const target of [...targets, MANIFEST.main, MANIFEST.types, MANIFEST.unpkg, MANIFEST.jsdelivr, MANIFEST.customElements]) {
      expect(files, target).toContain(target.replace('./', ''));
    }
  });

  test('nothing else is published', () => {
    const expected = [
      /^(LICENSE-APACHE|LICENSE-MIT|README\.md|package\.json|custom-elements\.json|gaze-tracker\.css|(jsx|preact|react|solid|svelte|vue)\.d\.ts|(define|generate|gaze-tracker)\.(js|d\.ts))$/,
      /^dist\/(define|index|jsx|gaze-tracker(\.classic)?|(player|rig)-copy|(chunk|command-handler)-[A-Z0-9]+)\.js$/,
      /^dist\/(gaze_tracker|live_rig|live_rig_simd)_bg\.wasm$/,
      /^dist\/(generate|generate-in-page)\.js$/,
      /^dist\/gaze_generate(_simd)?_bg\.wasm$/,
      /^dist\/models\/([a-z_]+\.onnx|LICENSE-APACHE-2\.0\.txt|NOTICE\.txt)$/,
      /^dist\/(types|pkg)\/[a-z/_-]+\.d\.ts$/,
    ];
    expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
    for (const pattern of expected) expect(files.some((file) => pattern.test(file)), String(pattern)).toBe(true);
  });

  test('licences go with what they are of', () => {
    for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
      expect(files).toContain(name);
      expect(readFileSync(join(PACKAGE, name), 'utf8')).toBe(readFileSync(join(PACKAGE, '..', name), 'utf8'));
    }
    expect(files).toContain('dist/models/LICENSE-APACHE-2.0.txt');
    expect(files).toContain('dist/models/NOTICE.txt');
    const notice = readFileSync(join(DIST, 'models', 'NOTICE.txt'), 'utf8');
    for (const model of readdirSync(join(DIST, 'models')).filter((name) => name.endsWith('.onnx'))) expect(notice).toContain(model);
    expect(notice).toMatch(/Copyright The MediaPipe Authors.*Changes:/s);
    expect(notice).not.toMatch(/font/i);
  });

  test('it needs no other package', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) expect(MANIFEST[kind]).toBe(undefined);
    for (const file of files.filter((file) => /\.js$/.test(file))) {
      const imports = [...readFileSync(join(PACKAGE, file), 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g)];
      for (const [, specifier] of imports) expect(specifier, file).toMatch(/^\.\//);
    }
  });
});

describe('size', () => {
  const budgets = JSON.parse(readFileSync(join(PACKAGE, 'budgets.json'), 'utf8')) as Record<'wasm' | 'js' | 'rig' | 'limit' | 'rigLimit' | 'single' | 'rigPlayer' | 'generate' | 'generateWasm' | 'models', number>;
  const wire = (name: string) => gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length;
  /** A file and all that it imports. */
  const withImports = (name: string): string[] => {
    const imports = [...readFileSync(join(DIST, name), 'utf8').matchAll(/from\s*"\.\/([^"]+)"/g)].map(([, file]) => file!);
    return [...new Set([name, ...imports.flatMap(withImports)])];
  };
  const js = () => withImports('define.js').reduce((sum, name) => sum + wire(name), 0);
  // A standard library that was not built for size adds a seventh to the module: scripts/wasm-cargo.sh says more.
  const advice = 'smaller again, or a larger budget on purpose';

  test('of the module', () => expect(wire('gaze_tracker_bg.wasm'), advice).toBeLessThanOrEqual(budgets.wasm));
  test('of the scripts', () => expect(js(), advice).toBeLessThanOrEqual(budgets.js));
  test('of both together', () => expect(js() + wire('gaze_tracker_bg.wasm')).toBeLessThanOrEqual(budgets.limit));
  test.each(['live_rig_bg.wasm', 'live_rig_simd_bg.wasm'])('of what draws rigs, %s, and of all that a rig needs', (name) => {
    expect(wire(name), advice).toBeLessThanOrEqual(budgets.rig);
    expect(js() + wire('gaze_tracker_bg.wasm') + wire(name)).toBeLessThanOrEqual(budgets.rigLimit);
  });
  test('of what makes faces', () => {
    expect(wire('generate.js'), advice).toBeLessThanOrEqual(budgets.generate);
    for (const name of ['gaze_generate_bg.wasm', 'gaze_generate_simd_bg.wasm']) expect(wire(name), advice).toBeLessThanOrEqual(budgets.generateWasm);
    const models = readdirSync(join(DIST, 'models')).filter((name) => name.endsWith('.onnx'));
    expect(models).toHaveLength(4);
    expect(models.reduce((sum, name) => sum + statSync(join(DIST, 'models', name)).size, 0)).toBeLessThanOrEqual(budgets.models);
  });
  test('of the studio\'s page', () => {
    const weightOf = (pattern: RegExp) => readdirSync(join(DIST, 'studio')).filter((name) => pattern.test(name)).reduce((sum, name) => sum + wire(join('studio', name)), 0);
    expect(weightOf(/^studio-.*\.js$/), advice).toBeLessThanOrEqual(budgets.studio);
    expect(weightOf(/^studio-.*\.css$/), advice).toBeLessThanOrEqual(budgets.studioStyle);
  });
  test('of the single file', () => expect(wire('gaze-tracker.js'), advice).toBeLessThanOrEqual(budgets.single));
  test('of the single file for rigs alone', () => expect(wire('rig-player.js'), advice).toBeLessThanOrEqual(budgets.rigPlayer));
});

test.each([['gaze_tracker_bg.wasm', false], ['live_rig_bg.wasm', false], ['live_rig_simd_bg.wasm', true]])('%s needs SIMD: %s', (name, needsSimd) => {
  const module = binaryen.readBinary(readFileSync(join(DIST, name)));
  module.setFeatures(binaryen.Features.All & ~binaryen.Features.SIMD128);
  expect(Boolean(module.validate())).toBe(!needsSimd);
  module.dispose();
});

describe('import', () => {
  test.each(['gaze-tracker', 'gaze-tracker/define', 'gaze-tracker/gaze-tracker.js', 'gaze-tracker/jsx', 'gaze-tracker/generate'])('%s does no harm on a server', (name) => {
    const output = consumer.run(`
      const before = Object.getOwnPropertyNames(globalThis);
      const { GazeTracker } = await import('${name}');
      const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
      console.log(JSON.stringify({ type: typeof GazeTracker, added }));`);
    expect(JSON.parse(output)).toEqual({ type: /jsx|generate/.test(name) ? 'undefined' : 'function', added: [] });
  });

  test('gaze-tracker alone defines nothing; define does, once', () => {
    const output = consumer.run(`
      const defined = [];
      globalThis.HTMLElement = class {};
      globalThis.customElements = { get: (name) => defined.find((d) => d === name), define: (name) => defined.push(name) };
      await import('gaze-tracker');
      const first = [...defined];
      await import('gaze-tracker/define');
      await import('gaze-tracker/gaze-tracker.js');
      console.log(JSON.stringify([first, defined]));`);
    expect(JSON.parse(output)).toEqual([[], ['gaze-tracker']]);
  });

  test('a bundler takes the modules along', async () => {
    consumer.write('index.html', '<script type="module" src="./main.js"></script><gaze-tracker src="/face/"></gaze-tracker>');
    consumer.write('main.js', `import 'gaze-tracker/define';`);
    const built = await build({ root: consumer.folder, logLevel: 'silent', configFile: false, build: { write: false } });
    if (!('output' in built)) throw new Error('no single output');
    const modules = built.output.filter(({ fileName }) => fileName.endsWith('.wasm'));
    // The player's, two that draw rigs, two that make faces.
    expect(modules.map(({ type }) => type)).toEqual(Array(5).fill('asset'));
    const models = built.output.filter(({ fileName }) => fileName.endsWith('.onnx'));
    expect(models).toHaveLength(4);
    const code = built.output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join();
    for (const { fileName } of [...modules, ...models]) expect(code).toContain(basename(fileName));
    // The one import that must not be shaken off.
    expect(code).toMatch(/customElements\.define\([`"']gaze-tracker/);
  });
});

describe('rules of others', () => {
  const run = (cli: string, ...args: string[]) => execFileSync(process.execPath, [join(PACKAGE, 'node_modules', cli), ...args], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  let tarball: string;
  beforeAll(() => void (tarball = packTarball()));
  afterAll(() => rmSync(dirname(tarball), { recursive: true }));

  test('publint has nothing to say', () => {
    expect(run('publint/src/cli.js', 'run', tarball, '--strict')).toContain('All good!');
  });

  test('are the types wrong? in none of the ways in which TypeScript looks for them', () => {
    // What is no script, or none to import, has no types. Where `require` cannot load ES modules, nothing of a browser is wanted.
    const others = Object.keys(MANIFEST.exports).filter((name) => /\.(wasm|onnx|css|classic\.js)$/.test(name));
    expect(run('@arethetypeswrong/cli/dist/index.js', tarball, '--ignore-rules', 'cjs-resolves-to-esm', '--exclude-entrypoints', ...others)).toContain('No problems found');
  });
});

// The types as consumers meet them: pages and makers of faces, JSX, and the templates of frameworks, each by the checker
// that its users run; and every example of the README's, word for word.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Consumer, FRAMEWORKS, packedFiles, readmeExamples } from './packed.js';
import { PACKAGE } from './site.js';

const BUNDLER = { module: 'ESNext', moduleResolution: 'bundler' };
const SAMPLES = join(PACKAGE, 'test', 'consumer');

if (!existsSync(join(FRAMEWORKS, 'node_modules'))) throw new Error(`${FRAMEWORKS} is not installed: run npm ci there`);
const fromFrameworks = createRequire(join(FRAMEWORKS, 'package.json'));

let consumer: Consumer;
beforeAll(() => {
  consumer = new Consumer(packedFiles());
  cpSync(SAMPLES, consumer.folder, { recursive: true });
});
afterAll(() => consumer.remove());

/** What vue-tsc has to say of these files. */
function checkVue(files: string[]): string {
  consumer.configure(files, { ...BUNDLER, jsx: 'preserve' }, { vueCompilerOptions: { strictTemplates: true } });
  return consumer.check(fromFrameworks.resolve('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', consumer.folder);
}

/** What svelte-check has to say of these files. */
function checkSvelte(files: string[]): string {
  consumer.configure(files, BUNDLER);
  return consumer.check(fromFrameworks.resolve('svelte-check/bin/svelte-check'), '--workspace', consumer.folder, '--tsconfig', join(consumer.folder, 'tsconfig.json'), '--output', 'machine');
}

/** Writes the README's examples in a language; the names of the files. */
function writeExamples(language: string): string[] {
  const examples = readmeExamples(language);
  expect(examples.length).toBeGreaterThan(0);
  return examples.map((code, i) => {
    consumer.write(`Readme${i}.${language}`, code);
    return `Readme${i}.${language}`;
  });
}

/** Lines with a tag, counted from 1. */
const linesOf = (text: string): number[] => text.split('\n').flatMap((line, i) => (/^ *<gaze-tracker/.test(line) ? [i + 1] : []));

/** Files and lines that a checker complains of. */
const complaints = (output: string, pattern: RegExp): string[] => [...new Set([...output.matchAll(pattern)].map(([, file, line]) => `${file} ${line}`))].sort();

/** Every tag of a file must be refused, and nothing else. */
const wrongLines = (file: string): string[] => linesOf(readFileSync(join(SAMPLES, file), 'utf8')).map((line) => `${file} ${line}`).sort();

test.each([
  ['a page, by a bundler', 'vanilla.ts', BUNDLER],
  ['a page, by Node\'s rules', 'vanilla.ts', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['a page that makes faces', 'generate.ts', BUNDLER],
  ['JSX', 'jsx.tsx', { ...BUNDLER, jsx: 'preserve' }],
  ['React', 'react.tsx', { ...BUNDLER, jsx: 'react-jsx' }],
  ['Preact', 'preact.tsx', { ...BUNDLER, jsx: 'react-jsx', jsxImportSource: 'preact' }],
  ['Solid', 'solid.tsx', { ...BUNDLER, jsx: 'preserve', jsxImportSource: 'solid-js' }],
])('%s', (_, source, options) => {
  expect(existsSync(join(consumer.folder, source))).toBe(true);
  expect(consumer.compile([source], options)).toBe('');
});

test('all attributes are among the types, and nothing else', () => {
  const { observed } = JSON.parse(consumer.run(`
    import { GazeTracker } from 'gaze-tracker';
    console.log(JSON.stringify({ observed: GazeTracker.observedAttributes }));`)) as { observed: string[] };
  // Those that every element has are the frameworks' own to type; some have the property's spelling besides.
  const names = [...observed.filter((name) => !/^(role|tabindex|aria-.*)$/.test(name)), 'hideControls', 'maxFps'];
  consumer.write('names.ts', `import type { GazeTrackerOwnAttributes } from 'gaze-tracker/jsx';
    export const names: Record<keyof GazeTrackerOwnAttributes, 1> = { ${names.map((name) => `'${name}': 1`).join(', ')} };`);
  expect(consumer.compile(['names.ts'], BUNDLER)).toBe('');
});

test('the README\'s example of React', () => {
  expect(consumer.compile(writeExamples('tsx'), { ...BUNDLER, jsx: 'react-jsx' })).toBe('');
});

// A checker takes some seconds, on a busy machine a minute: all files in one go, right ones, wrong ones, and the README's.
test('Vue, and the README\'s example', () => {
  const output = checkVue(['Portrait.vue', 'wrong.vue', ...writeExamples('vue')]);
  expect(complaints(output, /^(\w+\.vue)\((\d+),\d+\): error/gm), output).toEqual(wrongLines('wrong.vue'));
}, 300_000);

test('Svelte, and the README\'s example', () => {
  const output = checkSvelte(['Portrait.svelte', 'wrong.svelte', ...writeExamples('svelte')]);
  expect(complaints(output, /(?:ERROR|WARNING) "(\w+\.svelte)" (\d+):/g), output).toEqual(wrongLines('wrong.svelte'));
}, 300_000);

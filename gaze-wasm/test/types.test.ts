// The types as consumers meet them: pages and makers of faces, JSX, and the templates of frameworks, each by the checker
// that its users run; and every example of the README's, word for word.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** What vue-tsc has to say. */
function checkVue(file: string): string {
  consumer.configure([file], { ...BUNDLER, jsx: 'preserve' }, { vueCompilerOptions: { strictTemplates: true } });
  return consumer.check(fromFrameworks.resolve('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', consumer.folder);
}

/** What svelte-check has to say. */
function checkSvelte(file: string): string {
  consumer.configure([file], { ...BUNDLER });
  return consumer.check(fromFrameworks.resolve('svelte-check/bin/svelte-check'), '--workspace', consumer.folder, '--tsconfig', join(consumer.folder, 'tsconfig.json'), '--output', 'machine');
}

/** Lines with a tag, counted from 1. */
const linesOf = (text: string): number[] => text.split('\n').flatMap((line, i) => (/^ *<gaze-tracker/.test(line) ? [i + 1] : []));

/** Lines that a checker complains of. */
const complaints = (output: string, pattern: RegExp): number[] => [...new Set([...output.matchAll(pattern)].map(([, line]) => Number(line)))].sort((a, b) => a - b);

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

test('Vue', () => {
  expect(checkVue('Portrait.vue')).toBe('');
  const wrong = readFileSync(join(SAMPLES, 'wrong.vue'), 'utf8');
  expect(complaints(checkVue('wrong.vue'), /^wrong\.vue\((\d+),\d+\): error/gm)).toEqual(linesOf(wrong));
});

test('Svelte', () => {
  expect(checkSvelte('Portrait.svelte')).toBe('');
  const wrong = readFileSync(join(SAMPLES, 'wrong.svelte'), 'utf8');
  expect(complaints(checkSvelte('wrong.svelte'), /ERROR "wrong\.svelte" (\d+):/g)).toEqual(linesOf(wrong));
});

describe('the README\'s example of', () => {
  test.each([
    ['React', 'tsx', (file: string) => consumer.compile([file], { ...BUNDLER, jsx: 'react-jsx' })],
    ['Vue', 'vue', checkVue],
    ['Svelte', 'svelte', checkSvelte],
  ] as const)('%s', (_, language, check) => {
    const codes = readmeExamples(language);
    expect(codes.length).toBeGreaterThan(0);
    codes.forEach((code, i) => {
      consumer.write(`Readme${i}.${language}`, code);
      expect(check(`Readme${i}.${language}`)).toBe('');
    });
  });
});

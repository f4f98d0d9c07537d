// How the modules of web/ and of the pages import each other: without cycles, types included.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { PACKAGE } from './site.js';

/** Modules, and those that each imports. */
type Imports = Record<string, string[]>;

/** A chain of imports that ends where it begins; none where there is no such chain. */
function findCycle(imports: Imports): string[] | undefined {
  const done = new Set<string>();
  const visit = (module: string, path: string[]): string[] | undefined => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return undefined;
    for (const imported of imports[module] ?? []) {
      const cycle = visit(imported, [...path, module]);
      if (cycle) return cycle;
    }
    done.add(module);
    return undefined;
  };
  for (const module of Object.keys(imports)) {
    const cycle = visit(module, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** The modules of a folder, by their paths there; those outside of it are left out. */
function importsOf(name: string): Imports {
  const folder = join(PACKAGE, name);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return Object.fromEntries(
    files.map((file) => {
      const source = readFileSync(join(folder, file), 'utf8');
      const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+\.js)'/g)].map(([, specifier]) => specifier!);
      const paths = specifiers.map((specifier) => posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'));
      // The Rust half lies outside.
      return [file, paths.filter((path) => !path.startsWith('..'))];
    }),
  );
}

test('a cycle is found', () => {
  expect(findCycle({ a: ['b', 'c'], b: [], c: ['d'], d: ['b'] })).toBe(undefined);
  expect(findCycle({ a: ['b'], b: ['c', 'd'], c: [], d: ['b'] })).toEqual(['b', 'd', 'b']);
  expect(findCycle({ a: ['a'] })).toEqual(['a', 'a']);
});

test('there is none', () => {
  const imports = importsOf('web');
  expect(imports['element.ts']).toContain('attributes.ts');
  expect(imports['worker-client.ts']).toContain('command-handler.ts');
  for (const paths of Object.values(imports)) for (const path of paths) expect(Object.keys(imports)).toContain(path);
  expect(findCycle(imports)).toBe(undefined);
});

test.each(['portrait-page', 'maker', 'studio'])('there is none in %s', (folder) => {
  const imports = importsOf(folder);
  expect(Object.keys(imports).length).toBeGreaterThan(3);
  expect(findCycle(imports)).toBe(undefined);
});

// custom-elements.json and README.md against the element itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Consumer, packedFiles } from './packed.js';
import { DIST, PACKAGE } from './site.js';

interface Typed { name: string; type: { text: string }; description: string }
interface Field extends Typed { kind: 'field'; attribute?: string; reflects?: boolean; readonly?: boolean }
interface Method { kind: 'method'; name: string; description: string; parameters: (Typed & { optional?: boolean })[]; return: { type: { text: string } } }
interface Declaration {
  name: string;
  attributes: (Typed & { fieldName: string; default?: string })[];
  members: (Field | Method)[];
  events: Typed[];
  slots: { name: string }[];
  cssParts: { name: string }[];
  cssProperties: { name: string; default: string }[];
}

const read = (...path: string[]) => readFileSync(join(PACKAGE, ...path), 'utf8');
const { modules } = JSON.parse(read('custom-elements.json')) as { modules: { declarations?: Declaration[] }[] };
const declarations = modules.flatMap((module) => module.declarations ?? []);
const element = declarations.find(({ name }) => name === 'GazeTracker')!;
const fields = element.members.filter((member): member is Field => member.kind === 'field');
const methods = element.members.filter((member): member is Method => member.kind === 'method');
const names = (all: readonly { name: string }[]) => all.map(({ name }) => name).sort();

type Entry = { GazeTracker: { observedAttributes: string[]; prototype: object } } & Record<string, unknown>;
let entry: Entry;
beforeAll(async () => void (entry = (await import(pathToFileURL(join(DIST, 'index.js')).href)) as Entry));

/** What every element has, and the element looks at or extends. */
const STANDARD = ['role', 'tabindex', 'aria-label', 'aria-hidden', 'addEventListener'];
/** How `hide-controls` is spelled besides. */
const OTHER_SPELLINGS = ['hidecontrols', 'maxfps'];

test('attributes are those that the element observes', () => {
  const observed = entry.GazeTracker.observedAttributes.filter((name) => ![...STANDARD, ...OTHER_SPELLINGS].includes(name));
  expect(names(element.attributes)).toEqual(observed.sort());
  for (const { name, fieldName, description, default: preset } of element.attributes) {
    expect(fields.find((field) => field.name === fieldName), name).toMatchObject({ attribute: name, reflects: true, ...(preset && { default: preset }) });
    expect(description, name).not.toBe('');
  }
});

test('members are those that the class has', () => {
  const { prototype } = entry.GazeTracker;
  // The class, and the one below it that has the attributes.
  const properties = { ...Object.getOwnPropertyDescriptors(Object.getPrototypeOf(prototype) as object), ...Object.getOwnPropertyDescriptors(prototype) };
  const own = Object.entries(properties).filter(([name]) => name !== 'constructor' && !name.endsWith('Callback'));
  const accessors = own.filter(([, { get }]) => get).map(([name, { set }]) => ({ name, readonly: !set }));
  expect(fields.map(({ name, readonly = false }) => ({ name, readonly })).sort(by)).toEqual(accessors.sort(by));
  expect(names(methods)).toEqual(own.filter(([name, { value }]) => typeof value === 'function' && !STANDARD.includes(name)).map(([name]) => name).sort());
  for (const { name, parameters } of methods) expect((properties[name]!.value as () => void).length, name).toBe(parameters.filter(({ optional }) => !optional).length);
});

const by = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

test('every export is declared', () => {
  expect(names(declarations)).toEqual(Object.keys(entry).sort());
});

// Slots and parts: host.test.ts, which looks at a live element.
test('custom properties are those of the shadow tree', () => {
  const shadow = read('web', 'shadow.ts');
  const properties = [...shadow.matchAll(/var\((--gaze-[a-z-]+), ((?:[^()]|\([^()]*\))+)\)/g)].map(([, name, preset]) => ({ name, preset }));
  expect(names(element.cssProperties)).toEqual([...new Set(properties.map(({ name }) => name))].sort());
  for (const { name, default: preset } of element.cssProperties) {
    // One of them stands inside another's default too.
    expect(properties.some((used) => used.name === name && used.preset === preset), `${name}: ${preset}`).toBe(true);
  }
});

test('types are those of the declarations', () => {
  const consumer = new Consumer(packedFiles());
  afterAll(() => consumer.remove());
  const same = (actual: string, declared: string) => `true satisfies Same<${actual}, ${declared}>;`;
  const events = element.events.map(({ name, type }) => same(`GazeTrackerEventMap['${name}']`, type.text));
  const list = (typed: readonly { name: string }[]) => typed.map(({ name }) => `'${name}'`).join(' | ');
  consumer.write('truth.ts', [
    `import type { GazeChangeDetail, GazeErrorEvent, GazeTracker, GazeTrackerEventMap, ProgressDetail, ReadyDetail, SnapshotOptions } from 'gaze-tracker';`,
    `import type { GazeTrackerAttributes } from 'gaze-tracker/jsx';`,
    'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;',
    'export type Details = [GazeChangeDetail, GazeErrorEvent, ProgressDetail, ReadyDetail];',
    ...fields.map(({ name, type }) => same(`GazeTracker['${name}']`, type.text)),
    ...methods.map(({ name, parameters, return: { type } }) =>
      same(`GazeTracker['${name}']`, `(${parameters.map((p) => `${p.name}${p.optional ? '?' : ''}: ${p.type.text}`).join(', ')}) => ${type.text}`)),
    ...events,
    same('keyof GazeTrackerEventMap', list(element.events)),
    // JSX knows every attribute and event of the element.
    same(`Exclude<${list(element.attributes)}, keyof GazeTrackerAttributes>`, 'never'),
    same(`Exclude<${element.events.map(({ name }) => `'on${name}'`).join(' | ')}, keyof GazeTrackerAttributes>`, 'never'),
  ].join('\n'));
  expect(consumer.compile(['truth.ts'], { module: 'ESNext', moduleResolution: 'bundler' })).toBe('');
});

test('the manual covers everything', () => {
  const manual = read('README.md');
  const details = [...read('web', 'events.ts').matchAll(/interface (\w+Detail) \{([^}]*)\}/g)].flatMap(([, , body]) => [...body!.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!));
  const codes = [...read('web', 'failure.ts').matchAll(/^ \* - `(\w+)`/gm)].map(([, code]) => code!);
  expect(details.length).toBeGreaterThan(8);
  expect(codes.length).toBeGreaterThan(3);
  const expected = [...names(element.attributes), ...names(fields), ...names(element.events), ...names(element.cssParts), ...names(element.cssProperties), ...details, ...codes];
  for (const name of expected) expect(manual.includes(`\`${name}\``), name).toBe(true);
  for (const name of names(methods)) expect(manual.includes(`\`${name}(`), name).toBe(true);
  for (const { name, default: preset } of element.cssProperties) expect(manual, name).toContain(`| \`${name}\` | \`${preset}\` |`);
});

// What `src` says, as far as it can be told without asking a server.
import { describe, expect, test } from 'vitest';
import { fileBeside, parseAddress, portraitAddresses, quoted } from '../web/address.js';

const PAGE = 'https://page.example/site/index.html';
const SITE = 'https://page.example';
const parsed = (src: string) => parseAddress(src, PAGE);
const four = (join: string, name: (q: number) => string) => [0, 1, 2, 3].map(name).join(join);

describe('four sheets', () => {
  const cases: Record<string, [src: string, urls: (q: number) => string]> = {
    'by name': [four(',', (q) => `q${q}.webp`), (q) => `${SITE}/site/q${q}.webp`],
    'with spaces': [four(', ', (q) => `/face/q${q}.png`), (q) => `${SITE}/face/q${q}.png`],
    'a line each': [`\n${four(',\n  ', (q) => `/face/q${q}.webp`)}\n`, (q) => `${SITE}/face/q${q}.webp`],
    'with spaces before the commas': [four(' ,', (q) => `/face/q${q}.webp`), (q) => `${SITE}/face/q${q}.webp`],
    'with queries': [four(',', (q) => `q${q}.webp?v=1`), (q) => `${SITE}/site/q${q}.webp?v=1`],
    'without endings': [four(',', (q) => `/sheets/${q}`), (q) => `${SITE}/sheets/${q}`],
    'without endings, beside the page': [four(', ', (q) => `sheet?${q}`), (q) => `${SITE}/site/sheet?${q}`],
    'in addresses with commas, which a scheme begins': [four(',', (q) => `https://cdn.example/c_fill,w_300/q${q}`), (q) => `https://cdn.example/c_fill,w_300/q${q}`],
    'in addresses with commas, which spaces part': [four(', ', (q) => `c_fill,w_300/q${q}`), (q) => `${SITE}/site/c_fill,w_300/q${q}`],
    'in addresses with commas, which their endings part': [four(',', (q) => `c_fill,w_300/q${q}.avif`), (q) => `${SITE}/site/c_fill,w_300/q${q}.avif`],
    'of data, whose content begins like a path': [four(',', (q) => `data:image/jpeg;base64,/9j/${q}/a`), (q) => `data:image/jpeg;base64,/9j/${q}/a`],
    'of data, with spaces': [four(', ', (q) => `data:image/webp;base64,UklG${q}`), (q) => `data:image/webp;base64,UklG${q}`],
    'of the page': [four(',', (q) => `blob:https://page.example/${q}`), (q) => `blob:https://page.example/${q}`],
  };
  test.each(Object.entries(cases))('%s', (_, [src, url]) => {
    expect(parsed(src)).toEqual({ kind: 'quadrants', urls: [0, 1, 2, 3].map(url) });
  });
});

describe('one address', () => {
  const cases: Record<string, [src: string, address: unknown]> = {
    'a folder': ['/face/', { kind: 'folder', base: `${SITE}/face/`, url: `${SITE}/face/`, looksLikeFile: false }],
    'a folder without its slash': ['/face', { kind: 'folder', base: `${SITE}/face/`, url: `${SITE}/face`, looksLikeFile: false }],
    'a folder with a query': ['/face/?sig=a/b.c', { kind: 'folder', base: `${SITE}/face/?sig=a/b.c`, url: `${SITE}/face/?sig=a/b.c`, looksLikeFile: false }],
    'a folder with a dot': ['/faces/v1.2', { kind: 'folder', base: `${SITE}/faces/v1.2/`, url: `${SITE}/faces/v1.2`, looksLikeFile: true }],
    'what a program answers': ['/api/download?id=7', { kind: 'folder', base: `${SITE}/api/download/?id=7`, url: `${SITE}/api/download?id=7`, looksLikeFile: true }],
    'the folder of the page': ['.', { kind: 'folder', base: `${SITE}/site/`, url: `${SITE}/site/`, looksLikeFile: false }],
    'a rig': ['/portrait.gaze?v=2#top', { kind: 'file', url: `${SITE}/portrait.gaze?v=2#top` }],
    'a sheet': [' /sheet.WEBP ', { kind: 'file', url: `${SITE}/sheet.WEBP` }],
    'data': ['data:application/octet-stream;base64,iUdB', { kind: 'file', url: 'data:application/octet-stream;base64,iUdB' }],
  };
  test.each(Object.entries(cases))('%s', (_, [src, address]) => expect(parsed(src)).toEqual(address));

  const commas = {
    'a folder': 'https://cdn.example/c_fill,w_300/face/',
    'a folder with three': 'https://cdn.example/c_fill,w_300,h_200,q_80/face/',
    'a folder without its slash': '/c_fill,w_300,h_200,q_80/face',
    'a folder of a name': '/Lovelace, Ada/',
    'a pack': '/a,b,c,d/frames.gaze?v=1',
    'a sheet': '/c_fill,w_300,h_200,q_80/sheet.webp',
    'a query': '/api/face?tags=a,b,c,d',
  };
  test.each(Object.entries(commas))('with commas: %s', (_, src) => {
    expect(parsed(src)).toMatchObject({ [src.includes('frames') || src.includes('sheet') || src.includes('data:') ? 'url' : 'base']: expect.anything() });
    expect(parsed(src)!.kind).not.toBe('quadrants');
  });

  test('megabytes of data are read at once', () => {
    const data = 'QUFB/'.repeat(1_000_000);
    const before = performance.now();
    expect(parsed(`data:image/webp;base64,${data}`)!.kind).toBe('file');
    expect(parsed(four(',', () => `data:image/webp;base64,${data}`))!.kind).toBe('quadrants');
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

test.each(['', '  ', 'a.webp,b.webp', 'a.webp, b.webp, c.webp', 'a.png,b.png,c.png,d.png,e.png', 'http://['])('"%s" names no face', (src) => {
  expect(parsed(src)).toBeUndefined();
});

test('files of a folder have its query', () => {
  expect(fileBeside('q0.webp', `${SITE}/face/?sig=a%2Fb&v=1#x`)).toBe(`${SITE}/face/q0.webp?sig=a%2Fb&v=1`);
  expect(fileBeside('../input.jpg', `${SITE}/face/`)).toBe(`${SITE}/input.jpg`);
  expect(portraitAddresses(parsed('/faces/v1.2?v=3')!, 'input.jpg')).toEqual([`${SITE}/faces/v1.2/input.jpg?v=3`, `${SITE}/faces/input.jpg?v=3`]);
  expect(portraitAddresses(parsed('/face/portrait.gaze?v=3')!, 'input.webp')).toEqual([]);
});

test('messages keep secrets, and are short', () => {
  expect(quoted('src', '/face/')).toBe('src="/face/"');
  expect(quoted('src', ' https://me:pw@cdn.example/face/?sig=secret ')).toBe('src="https://…cdn.example/face/?…"');
  expect(quoted('src', '/a?sig=x, /b?sig=y')).toBe('src="/a?… /b?…"');
  expect(quoted('src', `data:image/webp;base64,${'A'.repeat(1000)}`)).toBe('src="data:…"');
});

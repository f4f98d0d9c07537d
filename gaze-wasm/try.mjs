import { chromium } from 'playwright-core';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
const types = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm', jpg: 'image/jpeg', png: 'image/png' };
const server = createServer((q, s) => {
  const p = q.url.split('?')[0];
  const f = p.startsWith('/try/') ? '/tmp' + p : 'dist' + p;
  if (p === '/') return s.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>x</title>');
  if (!existsSync(f)) return s.writeHead(404).end();
  s.writeHead(200, { 'content-type': types[p.split('.').pop()] ?? 'application/octet-stream' }).end(readFileSync(f));
}).listen(0);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const page = await b.newPage();
page.on('console', (m) => console.log('page:', m.text())); page.on('pageerror', (e) => console.log('ERR', e));
await page.goto(`http://127.0.0.1:${server.address().port}/`);
for (const [name, options] of [['astro.jpg', {}], ['astro.jpg', {}], ['big.jpg', {}], ['big.jpg', {}], ['big.jpg', { crop: 'head' }], ['small.jpg', {}], ['small.jpg', { removeBackground: true, eyes: 'soft' }]]) {
  const out = await page.evaluate(async ([name, options]) => {
    const { generate } = await import('/generate.js');
    const file = await (await fetch('/try/' + name)).blob();
    const stages = []; const t0 = performance.now();
    const face = await generate(file, { ...options, onProgress: (p) => stages.push([Math.round(performance.now() - t0), p.stage, p.loaded, p.total]) });
    const ms = performance.now() - t0;
    const bytes = new Uint8Array(await face.blob.arrayBuffer());
    let s = ''; for (const x of bytes) s += String.fromCharCode(x);
    return { ms, stages: stages.filter((x, i) => x[1] !== 'loading' || i < 2 || stages[i + 1][1] !== 'loading'), warnings: face.warnings, faces: face.faces, crop: face.crop, size: [face.width, face.height, face.blob.size], b64: btoa(s) };
  }, [name, options]);
  writeFileSync(`/tmp/try/${name}-${JSON.stringify(options).replace(/\W/g, '')}.gaze`, Buffer.from(out.b64, 'base64')); delete out.b64;
  console.log(name, JSON.stringify(out));
}
await b.close(); server.close();

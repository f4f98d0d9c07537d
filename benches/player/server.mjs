// @ts-check
// A static server on loopback, as an ordinary host would answer: text and code gzipped, pictures and
// packs as they are, byte ranges, and a line of limited speed if asked for.

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.gaze': 'application/octet-stream',
};
const GZIPPED = new Set(['.html', '.css', '.js', '.json', '.wasm']);
/** Bytes handed to a limited line at once: fine enough that two downloads share it evenly. */
const SLICE = 16 * 1024;
/** A timer that came late by less than this is made up for. */
const LATE_MS = 20;

/**
 * @typedef {object} Site
 * @property {string} origin
 * @property {Map<string, number>} sent Bytes of body sent since `reset`, by path.
 * @property {string[]} reports Addresses asked for that are no files: how pages report to the bench.
 * @property {(megabits: number) => void} reset Clears `sent` and sets the line's speed; 0 is unlimited.
 * @property {() => Promise<void>} close
 */

/**
 * Serves each folder under its prefix (`{'/frames/': '/some/folder'}`), or a file at its path; first match wins.
 * @param {Record<string, string>} folders
 * @returns {Promise<Site>}
 */
export async function serve(folders) {
  /** @type {Map<string, number>} */
  const sent = new Map();
  /** @type {Map<string, Buffer>} */
  const zipped = new Map();
  /** @type {string[]} */
  const reports = [];
  const line = { bytesPerMs: 0, freeAt: 0 };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const prefix = Object.keys(folders).find((p) => path.startsWith(p));
    const rest = prefix && path.slice(prefix.length);
    const file = prefix && (rest ? join(folders[prefix], normalize(`/${rest}`)) : folders[prefix]);
    const info = file && (await stat(file).catch(() => undefined));
    if (!file || !info || !info.isFile()) {
      reports.push(request.url ?? '');
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    const kind = extname(file);
    const head = { 'content-type': TYPES[kind] ?? 'application/octet-stream', 'cache-control': 'no-cache' };
    if (GZIPPED.has(kind)) {
      const body = zipped.get(file) ?? gzipSync(await readFile(file), { level: 9 });
      zipped.set(file, body);
      response.writeHead(200, { ...head, 'content-encoding': 'gzip', 'content-length': body.length });
      for (let at = 0; at < body.length; at += SLICE) {
        const slice = body.subarray(at, at + SLICE);
        await pass(slice.length);
        count(path, slice.length);
        response.write(slice);
      }
      response.end();
      return;
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = Math.min(range?.[2] ? Number(range[2]) : Infinity, info.size - 1);
    if (start > end && info.size > 0) {
      response.writeHead(416, { 'content-range': `bytes */${info.size}` }).end();
      return;
    }
    response.writeHead(range ? 206 : 200, {
      ...head,
      'accept-ranges': 'bytes',
      'content-length': info.size === 0 ? 0 : end - start + 1,
      ...(range && { 'content-range': `bytes ${start}-${end}/${info.size}` }),
    });
    if (request.method === 'HEAD' || info.size === 0) {
      response.end();
      return;
    }
    const meter = new Transform({
      transform(chunk, _, done) {
        pass(chunk.length).then(() => {
          count(path, chunk.length);
          done(null, chunk);
        });
      },
    });
    await pipeline(createReadStream(file, { start, end, highWaterMark: SLICE }), meter, response);
  }

  /** @param {string} path @param {number} bytes */
  const count = (path, bytes) => sent.set(path, (sent.get(path) ?? 0) + bytes);

  /** Waits until the line, shared by all downloads, has carried `bytes` more. @param {number} bytes */
  async function pass(bytes) {
    if (line.bytesPerMs === 0) return;
    const now = performance.now();
    line.freeAt = Math.max(line.freeAt, now - LATE_MS) + bytes / line.bytesPerMs;
    if (line.freeAt <= now) return;
    await sleep(line.freeAt - now);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    sent,
    reports,
    reset(megabits) {
      sent.clear();
      reports.length = 0;
      line.bytesPerMs = megabits * 125;
      line.freeAt = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

// What strangers may send: each is refused with the right status, and the studio goes on.
import { connect } from 'node:net';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { PORTRAIT, Studio } from './studio.js';

let studio: Studio;
beforeAll(async () => { studio = await Studio.start('--max-upload', '1'); });
afterAll(() => studio[Symbol.asyncDispose]());
// Whatever was sent, the next portrait is made.
afterEach(async () => {
  const { sessionId } = await studio.upload();
  expect((await studio.outcome(sessionId)).state).toBe('complete');
  expect(studio.log).not.toMatch(/panicked|ERROR/);
});

const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}) => studio.fetch(path, { method: 'POST', body: body as BodyInit, headers });

/** Sends bytes as they are, and gives what came back until the line is closed, or for so long. */
function raw(text: string | Buffer, limit = 5_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(studio.port, '127.0.0.1', () => socket.write(text));
    let heard = '';
    const end = () => { socket.destroy(); resolve(heard); };
    socket.on('data', (part) => { heard += part; });
    socket.on('close', end);
    socket.on('error', end);
    setTimeout(end, limit).unref();
  });
}

test('too large: by its announcement, and by what comes', async () => {
  const large = await post('/api/uploads', new Uint8Array((1 << 20) + 1));
  expect([large.status, await large.json()]).toEqual([413, { error: 'this file is too large: 1 MB at most' }]);
  const { heard, sent } = await endless();
  // The line may be cut before the answer is read.
  expect(heard).toMatch(/^HTTP\/1.1 413|^$/);
  expect(sent).toBeLessThan(64 << 20);
  expect((await post('/api/portraits', new Uint8Array((4 << 20) + 1))).status).toBe(413);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
  ['an address', Buffer.from('http://169.254.169.254/latest/meta-data/')],
  ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')],
  ['half a picture', PORTRAIT.subarray(0, 900)],
  ['noise that begins like a JPEG', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(5000, 0x5a)])],
  ['a WebP of nothing', Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff', 'latin1')],
  ['a PNG that says 65,000 x 65,000', png(65_000, 65_000)],
  ['a picture of one pixel', png(1, 1)],
])('what is no picture: %s', async (_, bytes) => {
  const response = await post('/api/uploads', bytes);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: string }).error).toMatch(/\w+ \w+/);
  expect((await post('/api/portraits', bytes)).status).toBe(400);
});

test('values out of range', async () => {
  for (const query of ['face=2,2', 'face=x', 'removeBackground=maybe', 'session=../../x', 'session=']) {
    const response = await post(`/api/uploads?${query}`, PORTRAIT);
    expect([query, response.status]).toEqual([query, 400]);
  }
  expect((await post('/api/uploads?session=session_1764400000000_zzzzzzzzz', PORTRAIT)).status).toBe(404);
});

test('ways out of the folder', async () => {
  const { sessionId } = await studio.upload();
  await studio.outcome(sessionId);
  for (const path of [
    `/uploads/${sessionId}/../../studio.sqlite`, `/uploads/${sessionId}/..%2f..%2fstudio.sqlite`, '/uploads/..%2fstudio.sqlite',
    `/uploads/${sessionId}/gaze_output/..%2f..%2f..%2fstudio.sqlite`, `/uploads/${sessionId}/gaze_output/%2e%2e/%2e%2e/%2e%2e/studio.sqlite`,
    `/uploads/${sessionId}/gaze_output/%00`, `/uploads/${sessionId}//etc/passwd`, `/uploads//etc/passwd`, '/assets/..%2f..%2fCargo.toml',
    '/assets/models/..%2findex.html', `/uploads/${sessionId}/portrait.gaze`, '/uploads/', `/uploads/${sessionId}/`, '/studio.sqlite', '/assets/index.html',
  ]) {
    const heard = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(`${path} ${heard.split('\r\n')[0]}`).toMatch(/ 404 /);
    expect(heard).not.toContain('SQLite');
  }
});

test('requests that are none', async () => {
  expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(1 << 20)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431|^$/);
  expect(await raw(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d/);
  expect(await raw('POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 99999999999999\r\n\r\n')).toMatch(/^HTTP\/1.1 413/);
});

test('an upload that breaks off', async () => {
  const head = `POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${PORTRAIT.length}\r\n\r\n`;
  await raw(Buffer.concat([Buffer.from(head), PORTRAIT.subarray(0, 5000)]), 300);
});

test('a byte a second: refused before it is a nuisance', async () => {
  const began = performance.now();
  const socket = connect(studio.port, '127.0.0.1', () => socket.write('POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n'));
  const drip = setInterval(() => socket.write('x'), 1000);
  const heard = await new Promise<string>((resolve) => socket.once('data', (part) => resolve(String(part))));
  clearInterval(drip);
  socket.destroy();
  expect(heard).toMatch(/^HTTP\/1.1 408/);
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('a head that never ends, and a line on which nothing is said, are cut', async () => {
  const began = performance.now();
  const closed = await Promise.all(['GET / HTTP/1.1\r\nHost: loc', ''].map((text) => new Promise((resolve) => {
    const socket = connect(studio.port, '127.0.0.1', () => { if (text) socket.write(text); });
    socket.on('data', () => undefined);
    socket.on('close', () => resolve(true));
    socket.on('error', () => undefined);
  })));
  expect(closed).toEqual([true, true]);
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('pages of other sites', async () => {
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
    expect((await post('/api/uploads', PORTRAIT, headers)).status).toBe(403);
    expect((await studio.fetch('/socket.io/?EIO=4&transport=polling', { headers })).status).toBe(403);
  }
  expect((await post('/api/uploads', PORTRAIT, { origin: studio.url })).status).toBe(202);
  // Another site's name that leads here.
  expect(await raw('GET /api/queue HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 403/);
});

test('frames of Socket.IO that are none', async () => {
  const opened = await (await studio.fetch('/socket.io/?EIO=4&transport=polling')).text();
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1];
  for (const packet of ['', '4', '49', '42', '42["upload"]', '42["upload"', '451-["upload",{"_placeholder":true,"num":9}]', '4599999999-["upload"]', `42["${'x'.repeat(9000)}"]`, '\x1e\x1e\x1e', 'b====', '40/é,', '42[1]']) {
    const response = await studio.fetch(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body: packet });
    expect(response.status).toBeLessThan(500);
  }
  expect((await studio.fetch('/socket.io/?EIO=4&transport=polling&sid=nobody')).status).toBe(400);
  expect((await studio.fetch('/socket.io/?EIO=99&transport=carrier-pigeon')).status).toBe(400);
  const huge = io(studio.url, { transports: ['websocket'], forceNew: true });
  const gone = new Promise((resolve) => huge.on('disconnect', resolve));
  huge.emit('upload', Buffer.alloc(3 << 20), 'huge.jpg', false);
  expect(await gone).toMatch(/transport|server/);
  huge.disconnect();
});

test('every answer tells browsers to be strict', async () => {
  for (const path of ['/', '/api/queue', '/nothing/here', '/gaze-tracker.js']) {
    const { headers } = await studio.fetch(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test('nothing secret is told or logged', async () => {
  const { sessionId, ownerKey } = await studio.upload();
  await studio.outcome(sessionId);
  const told = await Promise.all([`/${sessionId}`, `/api/session/${sessionId}`, `/api/session/${sessionId}/state`].map(async (path) => (await studio.fetch(path)).text()));
  expect(told.join() + studio.log).not.toContain(ownerKey);
  expect(told.join()).not.toContain(studio.data);
});

test('an address that sends too many waits, others do not', async () => {
  await using busy = await Studio.start('--uploads-per-minute', '3', '--trusted-proxy', '127.0.0.0/8', '--host', '127.0.0.1');
  const send = (address: string) => busy.fetch('/api/uploads', { method: 'POST', body: PORTRAIT as BodyInit, headers: { 'x-forwarded-for': address } });
  for (let i = 0; i < 3; i += 1) expect((await send(`2001:db8:1:2::${i}`)).status).toBe(202);
  const refused = await send('2001:db8:1:2::99');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await send('2001:db8:1:3::1')).status).toBe(202);
  expect((await send('1.2.3.4')).status).toBe(202);
});

/** Sends a body in parts until the line is cut, or an answer comes. */
function endless(): Promise<{ heard: string; sent: number }> {
  return new Promise((resolve) => {
    let [heard, sent] = ['', 0];
    const part = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(1 << 16), Buffer.from('\r\n')]);
    const socket = connect(studio.port, '127.0.0.1');
    const more = () => { while (!heard && !socket.destroyed && socket.write(part)) sent += part.length; };
    socket.on('connect', () => { socket.write('POST /api/uploads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'); more(); });
    socket.on('drain', more);
    socket.on('data', (answer) => { heard += answer; socket.destroy(); });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ heard, sent }));
  });
}

/** A PNG that says it has this size, with data for a few pixels. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(33);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(header);
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.set([8, 2, 0, 0, 0], 24);
  header.writeUInt32BE(crc(header.subarray(12, 29)), 29);
  return Buffer.concat([header, Buffer.from('0000000c49444154789c636060600000000400012734270a0000000049454e44ae426082', 'hex')]);
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let i = 0; i < 8; i += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}

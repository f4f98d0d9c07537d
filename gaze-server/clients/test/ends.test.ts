// The studio is killed, stopped, moved behind a proxy: nothing that was accepted is lost.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { freePort } from './pod.js';
import { PORTRAIT, Studio, type Uploaded } from './studio.js';

test('killed while it makes one: that one and those that wait are made after the start', async () => {
  await using studio = await Studio.start('--grid', '20', '--max-size', '256');
  const uploads: Uploaded[] = [];
  for (let i = 0; i < 3; i += 1) uploads.push(await studio.upload());
  for await (const state of studio.states(uploads[0]!.sessionId)) if (state.progress > 20) break;
  await studio.kill();
  await studio.restart();
  const outcomes = [];
  for (const { sessionId } of uploads) outcomes.push(await studio.outcome(sessionId));
  expect(outcomes.map(({ state, attempt }) => [state, attempt])).toEqual([['complete', 2], ['complete', 1], ['complete', 1]]);
  // Nothing half made stays.
  for (const { sessionId } of uploads) {
    const names = readdirSync(join(studio.data, 'uploads', sessionId));
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
  }
});

test('a portrait that takes the studio down twice is given up, and the next one is made', async () => {
  await using studio = await Studio.start('--grid', '20', '--max-size', '256');
  const [bad, good] = [await studio.upload(), await studio.upload()];
  for (let time = 0; time < 2; time += 1) {
    for await (const state of studio.states(bad.sessionId)) if (state.state === 'running' && state.progress > 5) break;
    await studio.kill();
    await studio.restart();
  }
  expect(await studio.outcome(bad.sessionId)).toMatchObject({ state: 'failed', error: expect.stringContaining('twice') });
  expect(await studio.outcome(good.sessionId)).toMatchObject({ state: 'complete' });
});

test('asked to end: within ten seconds, with streams open; what it was making is made later, at its first attempt', async () => {
  await using studio = await Studio.start('--grid', '30', '--max-size', '256');
  const { sessionId } = await studio.upload();
  const socket = io(studio.url, { transports: ['websocket'], forceNew: true, reconnection: false });
  await expect.poll(() => socket.connected).toBe(true);
  for await (const state of studio.states(sessionId)) if (state.progress > 10) break;
  const stream = (async () => { for await (const _ of studio.states(sessionId)); })().catch(() => undefined);
  const { code, seconds } = await studio.stop();
  expect(code).toBe(0);
  expect(seconds).toBeLessThan(10);
  await stream;
  socket.disconnect();
  await studio.restart();
  expect(await studio.outcome(sessionId)).toMatchObject({ state: 'complete', attempt: 1 });
});

test('a second studio leaves the first one its folder', async () => {
  await using studio = await Studio.start();
  await expect(Studio.start('--data', studio.data)).rejects.toThrow(/another studio uses this folder/);
});

test('behind a proxy, under a prefix: links are right, and either path is understood', async () => {
  const port = await freePort();
  await using studio = await Studio.start('--public-url', 'https://gaze.example/faces', '--host', '127.0.0.1', '--port', String(port));
  // What it says is the public address.
  studio.url = `http://127.0.0.1:${port}`;
  const host = { host: 'gaze.example' };
  const html = await (await studio.fetch('/faces/')).text();
  expect(html).toContain('"base":"/faces/"');
  expect(html).toContain('"publicUrl":"https://gaze.example/faces/"');
  for (const prefix of ['/faces', '']) {
    const upload = (await (await studio.fetch(`${prefix}/api/uploads`, { method: 'POST', body: PORTRAIT })).json()) as Uploaded;
    await studio.outcome(upload.sessionId);
    expect(await studio.json(`${prefix}/api/session/${upload.sessionId}`)).toMatchObject({ basePath: `/faces/uploads/${upload.sessionId}/gaze_output` });
    const page = await (await studio.fetch(`${prefix}/${upload.sessionId}`, { headers: host })).text();
    expect(page).toContain(`content="https://gaze.example/faces/api/session/${upload.sessionId}/preview.jpg"`);
    // A proxy may pass its own name on as the host.
    const own = await studio.fetch(`${prefix}/api/uploads`, { method: 'POST', body: PORTRAIT, headers: { origin: 'https://gaze.example' } });
    expect(own.status).toBe(202);
    const socket = io(studio.url, { path: `${prefix}/socket.io`, forceNew: true });
    await expect.poll(() => socket.connected).toBe(true);
    socket.disconnect();
  }
});

test('localhost is 127.0.0.1 and ::1', async () => {
  await using studio = await Studio.start();
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    const response = await fetch(`http://${host}:${studio.port}/health`).catch((error: unknown) => error);
    if (response instanceof Response) expect(response.status).toBe(200);
    // Where this machine has no IPv6 there is nobody to ask by it.
    else expect([host, String((response as { cause?: unknown }).cause)]).toEqual(['[::1]', expect.stringMatching(/EADDRNOTAVAIL|EAFNOSUPPORT|ECONNREFUSED/)]);
  }
});

test('what nobody looks at goes', async () => {
  await using studio = await Studio.start('--keep', '1s');
  const { sessionId } = await studio.upload();
  await studio.outcome(sessionId);
  await studio.stop();
  await new Promise((done) => setTimeout(done, 1100));
  await studio.restart();
  await expect.poll(async () => (await studio.fetch(`/uploads/${sessionId}/input.jpg`)).status).toBe(404);
  await expect.poll(() => readdirSync(join(studio.data, 'uploads'))).toEqual([]);
});

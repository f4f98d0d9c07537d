// Two hundred watch, twenty wait, one is made; then a thousand come and go, and a hundred jobs run.
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { PORTRAIT, Studio, type Uploaded } from '../test/studio.js';
import { pause, quantile, report, residentMegabytes } from './report.js';

const FULL = ['--grid', '30', '--max-size', '512'];

test('200 watch, 20 wait, one is made', async () => {
  await using studio = await Studio.start(...FULL);
  const uploads: Uploaded[] = [];
  for (let i = 0; i < 21; i += 1) uploads.push(await studio.upload());
  const watchers = Array.from({ length: 200 }, async (_, i) => {
    const numbers: number[] = [];
    let last = '';
    for await (const state of studio.states(uploads[i % 21]!.sessionId)) {
      numbers.push(state.number);
      last = state.state;
    }
    return { numbers, last };
  });
  const times: number[] = [];
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const began = performance.now();
    await studio.json('/api/queue');
    times.push(performance.now() - began);
    await pause(15);
  }
  const heard = await Promise.all(watchers);
  const inOrder = heard.filter(({ numbers }) => numbers.every((number, i) => number === numbers[0]! + i));
  expect(heard.map(({ last }) => last)).toEqual(heard.map(() => 'complete'));
  expect(inOrder.length).toBe(200);
  const events = heard.reduce((sum, { numbers }) => sum + numbers.length, 0);
  report(`| 200 watch, 20 wait, one is made: events heard, lost or out of order | ${events}, 0 |`);
  report(`| GET /api/queue meanwhile (${times.length} asked): median, p99, most | ${quantile(times, 0.5).toFixed(1)}, ${quantile(times, 0.99).toFixed(1)}, ${Math.max(...times).toFixed(1)} ms |`);
});

test('a thousand come and go', async () => {
  await using studio = await Studio.start();
  const { sessionId } = await studio.upload();
  await studio.outcome(sessionId);
  const visit = async (i: number) => {
    if (i % 2) {
      const socket = io(studio.url, { transports: [i % 4 === 1 ? 'websocket' : 'polling'], forceNew: true, reconnection: false });
      await new Promise((resolve) => socket.once('gpu-status', resolve));
      socket.disconnect();
    } else {
      await studio.outcome(sessionId);
      await (await studio.fetch('/gaze-tracker.js')).arrayBuffer();
    }
  };
  const crowd = async (n: number) => { for (let i = 0; i < n; i += 50) await Promise.all(Array.from({ length: 50 }, (_, j) => visit(i + j))); };
  await crowd(200);
  await pause(3000);
  const before = residentMegabytes(studio.pid);
  await crowd(1000);
  await pause(3000);
  const after = residentMegabytes(studio.pid);
  report(`| memory before and after 1,000 clients that come and go | ${before.toFixed(0)}, ${after.toFixed(0)} MB |`);
  expect(after).toBeLessThan(before * 1.25 + 10);
});

test('a hundred jobs', async () => {
  await using studio = await Studio.start();
  const held: number[] = [];
  for (let i = 1; i <= 100; i += 1) {
    const { sessionId } = await studio.upload('', PORTRAIT);
    expect((await studio.outcome(sessionId)).state).toBe('complete');
    if ([10, 25, 50, 100].includes(i)) held.push(residentMegabytes(studio.pid));
  }
  report(`| memory after 10, 25, 50 and 100 small jobs | ${held.map((mb) => mb.toFixed(0)).join(', ')} MB |`);
  expect(held.at(-1)).toBeLessThan(held[0]! * 1.25 + 10);
});

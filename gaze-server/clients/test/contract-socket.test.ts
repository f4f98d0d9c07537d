// The contract's Socket.IO events, by npm's socket.io-client as it comes, over each transport.
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PORTRAIT, Studio } from './studio.js';

type Ack = { success: boolean; sessionId?: string; error?: string; overloaded?: boolean; queueLength?: number };
type Heard = [name: string, payload: Record<string, unknown>];

let studio: Studio;
beforeAll(async () => { studio = await Studio.start('--queue', '3'); });
afterAll(() => studio[Symbol.asyncDispose]());

const TRANSPORTS = [['polling'], ['polling', 'websocket'], ['websocket']];

class Client implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly socket: Socket;

  constructor(transports: string[]) {
    this.socket = io(studio.url, { transports, forceNew: true });
    this.socket.onAny((name: string, payload: Record<string, unknown>) => this.heard.push([name, payload]));
  }

  upload(...args: unknown[]): Promise<Ack> {
    return new Promise((resolve) => this.socket.emit('upload', ...args, resolve));
  }

  named(name: string): Record<string, unknown>[] {
    return this.heard.filter(([heard]) => heard === name).map(([, payload]) => payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.disconnect();
  }
}

describe.each(TRANSPORTS)('by %s %s', (...transports) => {
  const kinds = transports.filter(Boolean);

  test('a portrait is uploaded, waits, is made and complete', async () => {
    await using client = new Client(kinds);
    await expect.poll(() => client.named('gpu-status').length).toBe(1);
    expect(client.named('gpu-status')[0]).toEqual({ stage: 'ready', message: 'Ready', progress: 100 });
    const ack = await client.upload(PORTRAIT, 'me.png', false);
    expect(ack).toMatchObject({ success: true, sessionId: expect.stringMatching(/^session_\d{13}_[a-z0-9]{9}$/) });
    await expect.poll(() => client.named('complete').length).toBe(1);

    const basePath = `/uploads/${ack.sessionId}/gaze_output`;
    expect(client.named('complete')[0]).toEqual({
      sessionId: ack.sessionId, basePath, metadataPath: `${basePath}/metadata.json`, gridSize: 4, quadrantSize: 2,
      imageWidth: 128, imageHeight: 128, mode: 'quadrants', message: expect.any(String),
    });
    expect(client.named('status').map(({ stage }) => stage)).toEqual(['uploaded', 'uploading', 'preparing']);
    expect(client.named('queue')[0]).toMatchObject({ position: 1, message: expect.any(String) });
    const shares = client.named('progress').map(({ progress }) => Number(progress));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(100);
    const log = client.named('generation-log');
    expect(new Set(log.map(({ type }) => type))).toEqual(new Set(['stage', 'progress', 'complete']));
    expect(log.every(({ timestamp }) => typeof timestamp === 'number')).toBe(true);
    expect(client.named('error')).toEqual([]);
  });

  test('newer clients send a session name; it is a request, not a right', async () => {
    await using client = new Client(kinds);
    const mine = `session_${Date.now()}_${Math.random().toString(36).slice(2, 11).padEnd(9, '0')}`;
    expect(await client.upload(PORTRAIT, 'me.png', true, mine)).toMatchObject({ success: true, sessionId: mine });
    expect(await client.upload(PORTRAIT, 'me.png', false, undefined)).toMatchObject({ success: true });
    for (const name of [mine, '../../etc/passwd', 'session_1_../../../x', '', 'session_1764400000000_AAAAAAAAA']) {
      expect(await client.upload(PORTRAIT, 'me.png', false, name)).toMatchObject({ success: false, error: expect.stringMatching(/session|name/) });
    }
    await expect.poll(() => client.named('complete').length).toBe(2);
  });

  test('what is no picture, or too large a one, is refused in words', async () => {
    await using client = new Client(kinds);
    expect(await client.upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'me.svg', false)).toMatchObject({ success: false, error: expect.stringContaining('JPEG, PNG or WebP') });
    expect(await client.upload(Buffer.alloc(21 << 20), 'large.jpg', false)).toMatchObject({ success: false, error: 'this file is too large: 20 MB at most' });
    expect(await client.upload('text', 'me.jpg', false)).toMatchObject({ success: false });
    expect(await client.upload()).toMatchObject({ success: false });
    // The line is as good as before.
    expect(await client.upload(PORTRAIT, '<img src=x onerror=alert(1)>.png', false)).toMatchObject({ success: true });
    await expect.poll(() => client.named('complete').length).toBe(1);
  });

  test('a photo of ten megabytes arrives', async () => {
    await using client = new Client(kinds);
    // A picture, and after its end as much again as other servers refuse.
    const large = Buffer.concat([PORTRAIT, Buffer.alloc(10 << 20)]);
    expect(await client.upload(large, 'large.png', false)).toMatchObject({ success: true });
    await expect.poll(() => client.named('complete').length).toBe(1);
  });
});

test('a full line refuses the next, and loses nobody', async () => {
  await using client = new Client(['websocket']);
  const acks = await Promise.all(Array.from({ length: 8 }, () => client.upload(PORTRAIT, 'me.png', false)));
  const accepted = acks.filter(({ success }) => success);
  const refused = acks.filter(({ success }) => !success);
  expect(refused.length).toBeGreaterThan(0);
  for (const ack of refused) expect(ack).toMatchObject({ overloaded: true, queueLength: 3, error: expect.stringContaining('full') });
  await expect.poll(() => client.named('complete').length).toBe(accepted.length);
  expect(new Set(client.named('complete').map(({ sessionId }) => sessionId))).toEqual(new Set(accepted.map(({ sessionId }) => sessionId)));
});

test('a portrait without a face is an error event, and the next one is made', async () => {
  await using client = new Client(['websocket']);
  const { readFileSync } = await import('node:fs');
  const flat = readFileSync(new URL('./flat.png', import.meta.url));
  expect(await client.upload(flat, 'flat.png', false)).toMatchObject({ success: true });
  await expect.poll(() => client.named('error').length).toBe(1);
  expect(client.named('error')[0]).toEqual({ message: expect.stringMatching(/face/) });
  await client.upload(PORTRAIT, 'me.png', false);
  await expect.poll(() => client.named('complete').length).toBe(1);
});

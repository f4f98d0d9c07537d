// The contract's routes of the studio (section 5), to the letter, and those that go beyond it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, strFromU8 } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PORTRAIT, Studio, type Uploaded } from './studio.js';

let studio: Studio;
let made: Uploaded;

beforeAll(async () => {
  studio = await Studio.start('--grid', '20', '--max-size', '96');
  made = await studio.upload();
  expect(await studio.outcome(made.sessionId)).toMatchObject({ state: 'complete', progress: 100, hasFrames: true, hasRig: true });
});
afterAll(() => studio[Symbol.asyncDispose]());

test('GET / is the page', async () => {
  const response = await studio.fetch('/');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
});

test('GET /{sessionId} is the same page showing that session', async () => {
  const html = await (await studio.fetch(`/${made.sessionId}`)).text();
  const config = /<script type="application\/json" id="studio">(.*?)<\/script>/s.exec(html)?.[1];
  expect(JSON.parse(config ?? '{}')).toMatchObject({ base: '/', session: { sessionId: made.sessionId, state: 'complete', hasFrames: true } });
});

test('GET /view/{sessionId} is there, and neither of them for what is not', async () => {
  expect((await studio.fetch(`/view/${made.sessionId}`)).status).toBe(200);
  for (const id of ['session_1764400000000_zzzzzzzzz', 'nothing', '..%2f..%2fetc']) {
    const [page, view] = await Promise.all([studio.fetch(`/${id}`), studio.fetch(`/view/${id}`)]);
    expect([page.status, view.status]).toEqual([404, 404]);
    expect(await page.text()).not.toContain('og:image');
  }
});

test('GET /api/session/{id} is the metadata and where it lies', async () => {
  const metadata = await studio.json(`/api/session/${made.sessionId}`);
  const basePath = `/uploads/${made.sessionId}/gaze_output`;
  expect(metadata).toMatchObject({
    sessionId: made.sessionId, basePath, metadataPath: `${basePath}/metadata.json`, gridSize: 20, quadrantSize: 10,
    mobileGridSize: 20, mobileQuadrantSize: 10, imageWidth: 96, imageHeight: 96, hasAlpha: false, format: 'webp', mode: 'quadrants', totalImages: 400,
  });
  expect(await studio.json(String(metadata.metadataPath))).toMatchObject({ gridSize: 20 });
  expect((await studio.fetch('/api/session/session_1764400000000_zzzzzzzzz')).status).toBe(404);
});

test('GET /api/queue', async () => {
  expect(await studio.json('/api/queue')).toEqual({ queueLength: 0, isProcessing: false, maxQueueSize: 20, gpuServerReady: true });
});

test('GET /api/gpu-status', async () => {
  expect(await studio.json('/api/gpu-status')).toMatchObject({ status: 'ready', models_loaded: true });
});

test('GET /uploads/{id}/... are the files, in the folder as well', async () => {
  for (const name of ['q0', 'q1', 'q2', 'q3', 'q0_20', 'q1_20', 'q2_20', 'q3_20'].map((sheet) => `${sheet}.webp`)) {
    const response = await studio.fetch(`/uploads/${made.sessionId}/gaze_output/${name}`);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(strFromU8(new Uint8Array(await response.arrayBuffer()).slice(8, 12))).toBe('WEBP');
  }
  const portrait = await studio.fetch(`/uploads/${made.sessionId}/input.jpg`);
  expect(portrait.headers.get('content-type')).toBe('image/jpeg');
  expect(existsSync(join(studio.data, 'uploads', made.sessionId, 'input.jpg'))).toBe(true);
  expect(existsSync(join(studio.data, 'uploads', made.sessionId, 'gaze_output', 'q0.webp'))).toBe(true);
  const part = await studio.fetch(`/uploads/${made.sessionId}/gaze_output/frames.gaze`, { headers: { range: 'bytes=0-3' } });
  expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 4]);
});

test('GET /api/download-widget/{id} is a zip of sheets, demo pages and a README', async () => {
  const response = await studio.fetch(`/api/download-widget/${made.sessionId}`);
  expect(response.headers.get('content-type')).toBe('application/zip');
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="gaze-session_\d+_\w+\.zip"$/);
  const zip = new Uint8Array(await response.arrayBuffer());
  const files = unzipSync(zip);
  expect(Object.keys(files)).toEqual(expect.arrayContaining([
    'README.txt', 'index.html', 'example.html', 'gaze-tracker.js', 'face/metadata.json', 'face/q0.webp', 'face/q3_20.webp', 'face/input.jpg', 'face/portrait.gaze',
  ]));
  expect(strFromU8(files['index.html']!)).toContain('<gaze-tracker');
  const sizes = await studio.json<{ page: number; zip: number; rig: number }>(`/api/session/${made.sessionId}/downloads`);
  expect(sizes.zip).toBe(zip.length);
  expect(sizes.rig).toBe((await (await studio.fetch(`/api/download/${made.sessionId}/rig`)).arrayBuffer()).byteLength);
  const page = await studio.fetch(`/api/download/${made.sessionId}/page`);
  expect(sizes.page).toBe((await page.arrayBuffer()).byteLength);
});

test('GET /gaze-tracker.js is the player, for any site', async () => {
  const response = await studio.fetch('/gaze-tracker.js');
  expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const again = await studio.fetch('/gaze-tracker.js', { headers: { 'if-none-match': response.headers.get('etag')! } });
  expect(again.status).toBe(304);
});

describe('sessions', () => {
  test('its owner deletes it, nobody else', async () => {
    const { sessionId, ownerKey } = await studio.upload();
    const remove = (headers: Record<string, string>) => studio.fetch(`/api/session/${sessionId}`, { method: 'DELETE', headers });
    expect((await remove({})).status).toBe(401);
    expect((await remove({ 'x-gaze-owner': made.ownerKey })).status).toBe(403);
    expect((await remove({ 'x-gaze-owner': ownerKey })).status).toBe(204);
    expect((await remove({ 'x-gaze-owner': ownerKey })).status).toBe(404);
    expect((await studio.fetch(`/uploads/${sessionId}/input.jpg`)).status).toBe(404);
    expect(existsSync(join(studio.data, 'uploads', sessionId))).toBe(false);
  });

  test('the line keeps its order; leaving it moves the others up', async () => {
    const uploads: Uploaded[] = [];
    for (let i = 0; i < 4; i += 1) uploads.push(await studio.upload());
    const [first, second, third, fourth] = uploads as [Uploaded, Uploaded, Uploaded, Uploaded];
    const left = await studio.fetch(`/api/session/${third.sessionId}/job`, { method: 'DELETE', headers: { 'x-gaze-owner': third.ownerKey } });
    expect(left.status).toBe(204);
    const ends = new Map<string, number>();
    await Promise.all([first, second, fourth].map(async ({ sessionId }) => {
      expect((await studio.outcome(sessionId)).state).toBe('complete');
      ends.set(sessionId, performance.now());
    }));
    expect([...ends.keys()]).toEqual([first, second, fourth].map(({ sessionId }) => sessionId));
    expect((await studio.fetch(`/api/session/${third.sessionId}/state`)).status).toBe(404);
  });

  test('what is being made can be stopped', async () => {
    const { sessionId, ownerKey } = await studio.upload();
    for await (const state of studio.states(sessionId)) if (state.state === 'running') break;
    const stopped = await studio.fetch(`/api/session/${sessionId}/job`, { method: 'DELETE', headers: { 'x-gaze-owner': ownerKey } });
    expect(stopped.status).toBe(204);
    await expect.poll(() => studio.json('/api/queue')).toMatchObject({ isProcessing: false, queueLength: 0 });
    expect((await studio.upload()).position).toBe(0);
  });

  test('events come in order, once, and go on after a break', async () => {
    const { sessionId } = await studio.upload();
    const heard: number[] = [];
    let progress = 0;
    for await (const state of studio.states(sessionId)) {
      heard.push(state.number);
      if (state.state === 'running') {
        expect(state.progress).toBeGreaterThanOrEqual(progress);
        progress = state.progress;
      }
      if (state.progress > 30) break;
    }
    for await (const state of studio.states(sessionId, { 'last-event-id': String(heard.at(-1)) })) heard.push(state.number);
    if (heard.at(-1) === 0) heard.pop();
    expect(heard).toEqual(heard.map((_, i) => heard[0]! + i));
  });
});

describe('a live rig is shared', () => {
  test('with its link, picture and files; frames can come later', async () => {
    const rig = await (await studio.fetch(`/api/download/${made.sessionId}/rig`)).arrayBuffer();
    const response = await studio.fetch('/api/portraits', { method: 'POST', body: rig });
    expect(response.status).toBe(201);
    const shared = (await response.json()) as Uploaded & { url: string };
    expect(shared.url).toBe(`${studio.url}/${shared.sessionId}`);
    expect(await studio.state(shared.sessionId)).toMatchObject({ state: 'complete', hasRig: true, hasFrames: false, width: 96, height: 96 });
    const file = await studio.fetch(`/uploads/${shared.sessionId}/gaze_output/portrait.gaze`);
    expect((await file.arrayBuffer()).byteLength).toBe(rig.byteLength);
    expect(await studio.json(`/api/session/${shared.sessionId}`)).toMatchObject({ mode: 'rig', imageWidth: 96 });

    const html = await (await studio.fetch(`/${shared.sessionId}`)).text();
    const image = /property="og:image" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(image).toBe(`${studio.url}/api/session/${shared.sessionId}/preview.jpg`);
    const preview = await fetch(image);
    expect(preview.headers.get('content-type')).toBe('image/jpeg');
    expect(Object.keys(unzipSync(new Uint8Array(await (await studio.fetch(`/api/download-widget/${shared.sessionId}`)).arrayBuffer())))).toContain('face/portrait.gaze');

    const refused = await studio.fetch(`/api/uploads?session=${shared.sessionId}`, { method: 'POST', body: PORTRAIT });
    expect(refused.status).toBe(401);
    const upload = await studio.upload(`?session=${shared.sessionId}`, PORTRAIT, { 'x-gaze-owner': shared.ownerKey });
    expect(upload).toMatchObject({ sessionId: shared.sessionId, ownerKey: null });
    expect(await studio.outcome(shared.sessionId)).toMatchObject({ state: 'complete', hasFrames: true, hasRig: true });
    const again = await studio.fetch(`/api/uploads?session=${shared.sessionId}`, { method: 'POST', body: PORTRAIT, headers: { 'x-gaze-owner': shared.ownerKey } });
    expect(again.status).toBe(409);
  });
});

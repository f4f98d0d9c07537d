// The studio with a pod that runs elsewhere.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Pod } from './pod.js';
import { Studio } from './studio.js';

test('made by a pod, as by itself', async () => {
  await using pod = await Pod.start();
  await using studio = await Studio.start('--backend', 'http', '--pod', pod.url);
  await expect.poll(() => studio.json('/api/gpu-status')).toMatchObject({ status: 'ready', engine: 'embedded' });
  const { sessionId } = await studio.upload();
  expect(await studio.outcome(sessionId)).toMatchObject({ state: 'complete', hasFrames: true, hasRig: true, attempt: 1 });
  const names = readdirSync(join(studio.data, 'uploads', sessionId, 'gaze_output'));
  expect(names).toEqual(expect.arrayContaining(['metadata.json', 'q0.webp', 'q3.webp', 'frames.gaze', 'portrait.gaze', 'input.jpg']));
});

test('a pod that dies over a job: it runs once more, and those behind it keep their order', async () => {
  await using pod = await Pod.start();
  await using studio = await Studio.start('--backend', 'http', '--pod', pod.url, '--grid', '20', '--max-size', '256');
  const [first, second] = [await studio.upload(), await studio.upload()];
  for await (const state of studio.states(first.sessionId)) if (state.progress > 20) break;
  await pod.kill();
  await pod.restart();
  expect(await studio.outcome(first.sessionId)).toMatchObject({ state: 'complete' });
  expect(await studio.outcome(second.sessionId)).toMatchObject({ state: 'complete', attempt: 1 });
});

test('a pod that is not there: the machine is offline, and whoever waits is told; once it is there the job is made', async () => {
  await using pod = await Pod.start();
  await pod.kill();
  await using studio = await Studio.start('--backend', 'http', '--pod', pod.url);
  await expect.poll(() => studio.json('/api/gpu-status')).toMatchObject({ status: 'offline' });
  const { sessionId } = await studio.upload();
  await expect.poll(() => studio.state(sessionId)).toMatchObject({ state: 'waking', wake: { message: expect.stringMatching(/\w+ \w+/) } });
  await pod.restart();
  expect(await studio.outcome(sessionId)).toMatchObject({ state: 'complete', attempt: 1 });
});

// The studio is killed at fifty random moments while portraits come in: nothing that was accepted is lost, nothing half made is
// served, no job is stuck.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program, Studio, type Uploaded } from '../test/studio.js';
import { Pod } from '../test/pod.js';
import { pause, report } from './report.js';

const KILLS = Number(process.env.KILLS ?? 50);

test('killed at random moments', async () => {
  await using studio = await Studio.start('--grid', '10', '--max-size', '256');
  const accepted: Uploaded[] = [];
  let refused = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    let isUp = true;
    const uploading = (async () => {
      while (isUp) {
        try {
          accepted.push(await studio.upload());
        } catch {
          refused += 1;
        }
        await pause(Math.random() * 120);
      }
    })();
    await pause(50 + Math.random() * 1200);
    isUp = false;
    await studio.kill();
    await uploading;
    await studio.restart();
  }
  const lost = await judge(studio, accepted, `studio killed ${KILLS} times`);
  expect(lost).toBe(0);
  expect(refused).toBeGreaterThan(0);
});

test('its pod is killed at random moments', async () => {
  await using pod = await Pod.start();
  await using studio = await Studio.start('--backend', 'http', '--pod', pod.url, '--grid', '10', '--max-size', '256');
  const accepted: Uploaded[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    while ((await studio.json<{ queueLength: number }>('/api/queue')).queueLength < 3) accepted.push(await studio.upload());
    await pause(100 + Math.random() * 1500);
    await pod.kill();
    await pod.restart();
  }
  expect(await judge(studio, accepted, `pod killed ${KILLS} times`)).toBe(0);
});

/** Waits until all is over, and says what became of it. Gives how many were lost. */
async function judge(studio: Studio, accepted: Uploaded[], what: string): Promise<number> {
  await expect.poll(() => studio.json('/api/queue'), { timeout: 900_000 }).toMatchObject({ queueLength: 0, isProcessing: false });
  const ends: Record<string, number> = {};
  for (const { sessionId } of accepted) {
    const { state, hasFrames } = await studio.state(sessionId);
    ends[state] = (ends[state] ?? 0) + 1;
    if (state !== 'complete') continue;
    expect(hasFrames).toBe(true);
    const inspected = spawnSync(program(), ['inspect', join(studio.data, 'uploads', sessionId, 'gaze_output')]);
    expect([sessionId, inspected.status]).toEqual([sessionId, 0]);
  }
  report(`| ${what}: accepted, complete, given up after two attempts, lost | ${accepted.length}, ${ends.complete ?? 0}, ${ends.failed ?? 0}, ${accepted.length - (ends.complete ?? 0) - (ends.failed ?? 0)} |`);
  return accepted.length - (ends.complete ?? 0) - (ends.failed ?? 0);
}

// A machine that gpu-cli rents: found by itself, its start shown, its port followed, stopped with the studio. gpu-cli is stood in
// for; the pod is real.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { freePort } from './pod.js';
import { program, Studio } from './studio.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test('started for a job, its stages told, stopped in the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaze-gpu-'));
  const gpu = join(folder, 'gpu');
  copyFileSync(at('./gpu-stand-in.mjs'), `${gpu}.mjs`);
  writeFileSync(gpu, `#!/bin/sh\nexec '${process.execPath}' '${gpu}.mjs' "$@"\n`);
  chmodSync(gpu, 0o755);
  copyFileSync(at('../../../deploy/gpu.jsonc'), join(folder, 'gpu.jsonc'));
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const environment = { GPU_CLI: gpu, GPU_CALLS: calls, GPU_PORT: String(await freePort()), GPU_PROGRAM: program(), GPU_JOBS: join(folder, 'jobs') };
  await using studio = await Studio.startIn(folder, environment, '--backend', 'auto');
  const socket = io(studio.url, { forceNew: true });
  const heard: { stage: string; progress: number }[] = [];
  socket.on('gpu-status', (status: { stage: string; progress: number }) => heard.push(status));
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  expect(heard[0]).toMatchObject({ stage: 'idle', progress: 0 });
  // Nothing is rented for nobody.
  expect(readFileSync(calls, 'utf8')).toBe('');

  const { sessionId } = await studio.upload();
  expect(await studio.outcome(sessionId)).toMatchObject({ state: 'complete', attempt: 1 });
  const stages = heard.map(({ stage }) => stage);
  for (const stage of ['detecting', 'resolving', 'connecting', 'syncing', 'installing', 'ready']) expect(stages).toContain(stage);
  expect(heard.at(-1)).toMatchObject({ stage: 'ready', progress: 100 });
  expect(readFileSync(calls, 'utf8')).toMatch(/^run -p 8080:8000 /);
  socket.disconnect();

  expect((await studio.stop()).seconds).toBeLessThan(10);
  expect(readFileSync(calls, 'utf8')).toMatch(/^stop /m);
  rmSync(folder, { recursive: true, force: true });
});

test('gpu-cli asked for and not there: its owner is told what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaze-gpu-'));
  await using studio = await Studio.startIn(folder, { GPU_CLI: join(folder, 'no-gpu') }, '--backend', 'gpu-cli');
  const { sessionId } = await studio.upload();
  expect(await studio.outcome(sessionId)).toMatchObject({ state: 'failed', error: expect.stringMatching(/gpu/i) });
  rmSync(folder, { recursive: true, force: true });
});

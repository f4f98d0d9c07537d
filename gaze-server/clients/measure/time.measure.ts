// From upload to the frames that follow the mouse, beside `gaze generate` of the same portrait in the same run, in turn.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { program, Studio } from '../test/studio.js';
import { quantile, report } from './report.js';

const ROUNDS = Number(process.env.ROUNDS ?? 3);

test('as long as the command takes', async () => {
  await using studio = await Studio.start('--grid', '30', '--max-size', '512');
  const folder = mkdtempSync(join(tmpdir(), 'gaze-time-'));
  const portrait = fileURLToPath(new URL('../../../examples/astronaut.png', import.meta.url));
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    let began = performance.now();
    const { sessionId } = await studio.upload();
    await studio.outcome(sessionId);
    await (await studio.fetch(`/uploads/${sessionId}/gaze_output/portrait.gaze`)).arrayBuffer();
    ours.push((performance.now() - began) / 1000);
    began = performance.now();
    const run = spawnSync(program(), ['generate', portrait, '--out', join(folder, String(round)), '--engine', 'embedded']);
    if (run.status !== 0) throw new Error(String(run.stderr));
    theirs.push((performance.now() - began) / 1000);
  }
  rmSync(folder, { recursive: true });
  const ratio = quantile(ours, 0.5) / quantile(theirs, 0.5);
  report(`| upload to the face, 30 x 30 at 512 px, beside \`gaze generate\`: s, s, ratio (medians of ${ROUNDS}) | ${quantile(ours, 0.5).toFixed(2)}, ${quantile(theirs, 0.5).toFixed(2)}, ${ratio.toFixed(3)} |`);
});

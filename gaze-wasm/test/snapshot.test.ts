// The committed single file, which gaze carries where the player has not been built: it must play what gaze makes
// today. Where it no longer can, run `scripts/build-player.sh --snapshot`.
import { expect, test } from 'vitest';
import { recorded, showCell, TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser();

test.each([
  ['a pack', 'pack', ''],
  ['four sheets', 'sheets', 'mode="quadrants"'],
])('plays %s', async (_, source, attributes) => {
  const page = await browser.open(`<gaze-tracker smoothing="1" src="/fixtures/six/" ${attributes}></gaze-tracker>`, { player: '/snapshot/gaze-tracker.js' });
  expect(await waitForEvent(page, 'ready')).toMatchObject({ source, grid: 6, width: 64, height: 80 });
  await waitForEvent(page, 'progress', { frames: 36 });
  for (const [row, col] of [[0, 0], [0, 5], [5, 0], [5, 5]] as const) await showCell(page, 6, row, col);
  expect(await recorded(page, 'error')).toEqual([]);
});

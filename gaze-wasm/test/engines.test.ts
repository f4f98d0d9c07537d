// A rig and a pack in other engines than Chromium, where there are such. `scripts/test-engines.sh` tries more.
import { describe, test } from 'vitest';
import { checkFrames, checkRig } from './engines/checks.js';
import { firefox } from './engines/firefox.js';
import { webkit } from './engines/webkit.js';
import { Site } from './site.js';

describe.each([firefox(), webkit])('$name', (engine) => {
  const missing = engine.missing();
  if (missing) console.warn(`left out: ${engine.name}: ${missing}`);

  test.skipIf(missing)('draws a rig and plays a pack', async () => {
    const site = await Site.open();
    const page = await engine.start();
    try {
      await checkRig(site, page, 'astronaut');
      await checkFrames(site, page, 'src="/fixtures/six/frames.gaze"');
    } finally {
      await page.close();
      await site.close();
    }
  });
});

// @ts-check
// Cuts the picture that everything is measured on: as benches/compare/portrait.rs does, the fixture's
// columns 20..430. The browser that is here anyway does the cutting.
//   node portrait.mjs OUT.png

import { readFile, writeFile } from 'node:fs/promises';
import { openBrowser } from './browser.mjs';

const FIXTURE = new URL('../../examples/astronaut.png', import.meta.url);
const CROP = { left: 20, width: 410, height: 512 };

const out = process.argv[2];
if (!out) throw new Error('name the file to write: node portrait.mjs OUT.png');
const session = await openBrowser();
try {
  const picture = `data:image/png;base64,${await readFile(FIXTURE, 'base64')}`;
  const cut = await session.page.evaluate(
    async ([src, { left, width, height }]) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      canvas.getContext('2d')?.drawImage(image, -left, 0);
      return canvas.toDataURL('image/png');
    },
    /** @type {const} */ ([picture, CROP]),
  );
  await writeFile(out, Buffer.from(cut.slice(cut.indexOf(',') + 1), 'base64'));
} finally {
  await session.close();
}

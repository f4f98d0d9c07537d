// @ts-check
// Makes what is measured from the example portrait: one of 512 x 640 as PNG, and one as a camera takes it, 4000 x 3000 as
// JPEG. The browser that is here anyway does it.
//   node pictures.mjs FOLDER

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from '../player/browser.mjs';

const FIXTURE = new URL('../../examples/astronaut.png', import.meta.url);
/** Name, width, height, type and what of the fixture is shown, in its pixels. */
const PICTURES = /** @type {const} */ ([
  ['portrait.png', 512, 640, 'image/png', [20, 0, 410, 512]],
  ['twelve-megapixels.jpg', 4000, 3000, 'image/jpeg', [0, 0, 512, 384]],
]);

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('name the folder to write to: node pictures.mjs FOLDER');
const session = await openBrowser();
try {
  const fixture = `data:image/png;base64,${await readFile(FIXTURE, 'base64')}`;
  for (const [name, ...picture] of PICTURES) {
    const made = await session.page.evaluate(
      async ([src, [width, height, type, [x, y, w, h]]]) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = canvas.getContext('2d');
        if (context) context.imageSmoothingQuality = 'high';
        context?.drawImage(image, x, y, w, h, 0, 0, width, height);
        return canvas.toDataURL(type, 0.92);
      },
      /** @type {const} */ ([fixture, picture]),
    );
    await writeFile(join(folder, name), Buffer.from(made.slice(made.indexOf(',') + 1), 'base64'));
  }
} finally {
  await session.close();
}

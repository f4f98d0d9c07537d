// Photos that the tests draw.
import { readFileSync } from 'node:fs';
import { ASTRONAUT } from './maker-page.js';
import type { StudioLab } from './studio-page.js';

/** The astronaut as a phone stores her that was held on its side: her picture lies, and the file says how to turn it. `width`
 * of the upright picture is 384, its height 512. */
export async function turnedPhoto(lab: StudioLab): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const page = await (await lab.context()).newPage();
  const base64 = await page.evaluate(async (source) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (c) => c.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(512, 384);
    const context = canvas.getContext('2d')!;
    // A quarter to the left; orientation 6 turns it back.
    context.translate(0, 384);
    context.rotate(-Math.PI / 2);
    context.drawImage(image, -40, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 })).arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, readFileSync(ASTRONAUT).toString('base64'));
  const jpeg = Buffer.from(base64, 'base64');
  const exif = Buffer.concat([Buffer.from('Exif\0\0II*\0'), Buffer.from([8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])]);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
  return { name: 'turned.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]) };
}

/** The astronaut in a disk, transparent around it. */
export async function roundPhoto(lab: StudioLab): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const page = await (await lab.context()).newPage();
  const base64 = await page.evaluate(async (source) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (c) => c.charCodeAt(0))]));
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 320;
    const context = canvas.getContext('2d')!;
    context.arc(160, 160, 158, 0, 2 * Math.PI);
    context.clip();
    context.drawImage(image, 0, 0, 320, 320);
    return canvas.toDataURL().split(',')[1]!;
  }, readFileSync(ASTRONAUT).toString('base64'));
  return { name: 'round.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

/** A wide picture in which the astronaut stands so many times, made by a browser; `scale` is how large. */
export async function drawnPhoto(lab: StudioLab, faces: number, scale = 1): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const page = await (await lab.context()).newPage();
  const base64 = await page.evaluate(
    async ([source, faces, scale]) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (c) => c.charCodeAt(0))]));
      const canvas = new OffscreenCanvas(840, 420);
      const context = canvas.getContext('2d')!;
      // Cloth, and whoever stands before it.
      context.drawImage(image, 100, 330, 150, 75, 0, 0, 840, 420);
      for (let i = 0; i < faces; i += 1) context.drawImage(image, 70, 0, 330, 330, i * 420 + 5, 5, 410 * scale, 410 * scale);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    [readFileSync(ASTRONAUT).toString('base64'), faces, scale] as const,
  );
  return { name: 'drawn.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

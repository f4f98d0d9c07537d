// A JPEG that is kept as it came: the picture alone, nothing that was said about it.
import { describe, expect, test } from 'vitest';
import { readJpeg, withoutMetadata } from '../web/generate/photo/jpeg.js';
import { TestBrowser } from './browser.js';
import { made, openLab, pictureIn, serveLab } from './generate-lab.js';

const text = (words: string) => [...words].map((letter) => letter.charCodeAt(0));
const segment = (marker: number, ...body: number[]) => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];

const START = [0xff, 0xd8];
const JFIF = segment(0xe0, ...text('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0);
/** Orientation 1, and where it was taken. */
const exif = (orientation: number) => segment(0xe1, ...text('Exif\0\0II*\0'), 8, 0, 0, 0, 2, 0, 0x25, 0x88, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0, ...text('52 N 13 E'));
const COMMENT = segment(0xfe, ...text('a secret'));
const icc = (words: string) => segment(0xe2, ...text('ICC_PROFILE\0'), 1, 1, ...text(words));
const adobe = (transform: number) => segment(0xee, ...text('Adobe'), 0, 100, 0, 0, 0, 0, transform);
const TABLES = [...segment(0xdb, 0, 1, 2, 3), ...segment(0xc4, 0, 9, 9)];
const frame = ({ marker = 0xc0, bits = 8, ids = [1, 2, 3] } = {}) => segment(marker, bits, 1, 44, 2, 88, ids.length, ...ids.flatMap((id) => [id, 0x11, 0]));
const SCAN = [...segment(0xda, 1, 1, 0, 0, 63, 0), 7, 0xff, 0x00, 8, 0xff, 0xd0, 9];
const END = [0xff, 0xd9];

const read = (...parts: number[][]) => readJpeg(new Uint8Array(parts.flat()));
const kept = async (...parts: number[][]) => {
  const bytes = new Uint8Array(parts.flat());
  return [...new Uint8Array(await withoutMetadata(bytes, readJpeg(bytes)).arrayBuffer())];
};

describe('the segments of a file', () => {
  test('say its size, its turn and whether it is whole', () => {
    expect(read(START, JFIF, exif(6), TABLES, frame(), SCAN, END)).toMatchObject({ size: { width: 600, height: 300 }, orientation: 6, isComplete: true, isPlain: true });
    expect(read(START, JFIF, TABLES, frame(), SCAN)).toMatchObject({ orientation: 1, isComplete: false });
    // A thumbnail's end is not the picture's.
    expect(read(START, segment(0xe1, ...END, ...END), TABLES, frame(), SCAN).isComplete).toBe(false);
    for (const orientation of [0, 9]) expect(read(START, exif(orientation), frame(), SCAN, END).orientation).toBe(1);
  });

  test('that are cut anywhere are not whole', () => {
    const whole = [START, JFIF, exif(1), TABLES, frame(), SCAN, SCAN, END].flat();
    expect(read(whole).isComplete).toBe(true);
    for (let length = 3; length < whole.length; length++) expect(read(whole.slice(0, length)).isComplete, `${length} bytes`).toBe(false);
  });

  test('that are noise do no harm', () => {
    let seed = 7;
    for (let i = 0; i < 3000; i++) {
      const noise = Array.from({ length: 60 }, () => ((seed = (seed * 1103515245 + 12345) % 2 ** 31) >> 12) & (i % 3 ? 255 : 0xff));
      const jpeg = read(START, exif(6).map((byte, at) => (at % 7 === i % 7 ? noise[at % 60]! : byte)), noise);
      for (const [start, end] of jpeg.parts) expect(end).toBeGreaterThanOrEqual(start);
    }
  });

  test('tell what needs nothing else to be decoded', () => {
    const isPlain = (...parts: number[][]) => read(START, ...parts, TABLES, SCAN, END).isPlain;
    expect(isPlain(frame(), icc('... sRGB IEC61966-2.1 ...'), adobe(1))).toBe(true);
    expect(isPlain(frame({ marker: 0xc2 }))).toBe(true);
    for (const other of [
      [frame(), icc('Display P3')],
      [frame(), adobe(0)],
      [frame(), adobe(2)],
      [frame({ bits: 12 })],
      [frame({ marker: 0xc3 })],
      [frame({ marker: 0xc9 })],
      [frame({ ids: [1] })],
      [frame({ ids: [1, 2, 3, 4] })],
      [frame({ ids: text('RGB') })],
      [frame(), frame()],
    ]) expect(isPlain(...other)).toBe(false);
  });
});

test('what is kept is the picture', async () => {
  const picture = [START, TABLES, frame({ marker: 0xc2 }), SCAN, TABLES, SCAN, END].flat();
  expect(await kept(picture)).toEqual(picture);
  const said = [START, JFIF, exif(1), COMMENT, icc('sRGB'), adobe(1), TABLES, frame({ marker: 0xc2 }), SCAN, COMMENT, TABLES, SCAN, END, START, exif(1), END, text('and a film with a place')].flat();
  expect(await kept(said)).toEqual(picture);
  // Markers may be filled up.
  expect(await kept(START, [0xff, 0xff], TABLES, frame(), SCAN, [0xff, 0xff], END)).toEqual([START, TABLES, frame(), SCAN, [0xff, 0xff], END].flat());
});

describe('in the page', () => {
  const browser = new TestBrowser();
  serveLab(browser);

  test('a small JPEG is kept where nothing was changed, without where it was taken', async () => {
    const page = await openLab(browser);
    const { outcomes, original } = await page.evaluate(async (said) => {
      const drawing = await window.lab.canvas(400, 400, (context, image) => context.drawImage(image, 0, 0, 400, 400));
      const bytes = new Uint8Array(await (await drawing.convertToBlob({ type: 'image/jpeg', quality: 0.5 })).arrayBuffer());
      const photo = new Blob([bytes.subarray(0, 2), new Uint8Array(said), bytes.subarray(2), 'and a film with a place']);
      const outcomes = [];
      for (const options of [{}, { maxSize: 399 }, { removeBackground: true }, { crop: 'bust' }, { quality: 1 }] as const) outcomes.push(await window.lab.run(photo, options));
      return { outcomes, original: [...bytes] };
    }, [...exif(1), ...COMMENT]);
    const pictures = outcomes.map((outcome) => pictureIn(made(outcome).bytes));
    expect(pictures.map((picture) => picture[0])).toEqual([0xff, 0x52, 0x52, 0x52, 0x52]);
    const first = made(outcomes[0]!).bytes;
    expect(pictures[0]!.length).toBeLessThan(original.length);
    for (const words of ['Exif', '52 N 13 E', 'secret', 'film', 'JFIF']) expect(Buffer.from(first).includes(words), words).toBe(false);
    // It is still the same picture.
    const same = await page.evaluate(async ([a, b]) => {
      const pixels = async (bytes: number[]) => {
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
      };
      const [one, two] = [await pixels(a!), await pixels(b!)];
      return one.length === two.length && one.every((value, i) => value === two[i]);
    }, [original, [...pictures[0]!]]);
    expect(same).toBe(true);
  });

  test('one that lies on its side, or has other colours, is not', async () => {
    const page = await openLab(browser);
    for (const said of [exif(3), icc('Adobe RGB')]) {
      const outcome = await page.evaluate(async (said) => {
        const drawing = await window.lab.canvas(400, 400, (context, image) => {
          context.translate(200, 200);
          // Upright, once it is turned.
          if (said[3] !== 0 && String.fromCharCode(...said.slice(4, 8)) === 'Exif') context.rotate(Math.PI);
          context.drawImage(image, -200, -200, 400, 400);
        });
        const bytes = new Uint8Array(await (await drawing.convertToBlob({ type: 'image/jpeg', quality: 0.3 })).arrayBuffer());
        return window.lab.run(new Blob([bytes.subarray(0, 2), new Uint8Array(said), bytes.subarray(2)]));
      }, said);
      expect(pictureIn(made(outcome).bytes).toString('latin1', 0, 4)).toBe('RIFF');
    }
  });
});

// A photograph becomes a live face in the page.
import { describe, expect, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { installLab, made, openLab, pictureIn, serveLab } from './generate-lab.js';

const browser = new TestBrowser();
serveLab(browser);

/** The face's box, in shares of the picture; the astronaut's, in hers. */
const FACE = { x: 178 / 512, y: 70 / 512, width: 94 / 512, height: 105 / 512 };

function expectFace(box: { x: number; y: number; width: number; height: number }, width: number, height: number): void {
  const shares = { x: box.x / width, y: box.y / height, width: box.width / width, height: box.height / height };
  for (const key of ['x', 'y', 'width', 'height'] as const) expect(Math.abs(shares[key] - FACE[key]), `${key} of ${JSON.stringify(shares)}`).toBeLessThan(0.02);
}

describe('a photograph', () => {
  test('becomes a file', async () => {
    const page = await openLab(browser);
    const { face, bytes, progress } = made(await page.evaluate(async () => window.lab.run(await (await fetch('/astronaut.png')).blob())));
    expect(face).toMatchObject({ width: 512, height: 512, warnings: [], face: 0, crop: undefined });
    expect(face.faces).toHaveLength(1);
    expectFace(face.faces[0]!, 512, 512);
    expect(bytes.length).toBeLessThan(60_000);
    expect(Buffer.from(bytes).toString('latin1', 0, 8)).toBe('\x89GAZE\r\n\x1a');
    expect(pictureIn(bytes).toString('latin1', 0, 4)).toBe('RIFF');
    // All that happens is told, in order, and never more than there is.
    const stages = progress.map(({ stage }) => stage).filter((stage) => stage !== 'loading' && stage !== 'reading');
    expect([...new Set(stages)]).toEqual(['finding', 'preparing', 'storing']);
    const loading = progress.filter(({ stage }) => stage === 'loading');
    expect(loading.length).toBeGreaterThan(4);
    expect(loading.at(-1)!.loaded).toBe(loading.at(-1)!.total);
    for (let i = 1; i < loading.length; i++) expect(loading[i]!.loaded).toBeGreaterThanOrEqual(loading[i - 1]!.loaded);
    for (const { loaded, total } of progress) expect(loaded).toBeLessThanOrEqual(total);
  });

  test('the same one becomes the same file', async () => {
    const page = await openLab(browser);
    const files = await page.evaluate(async () => {
      const photo = await window.lab.jpeg(300, 300);
      return [(await window.lab.run(photo)).file, (await window.lab.run(photo)).file];
    });
    expect(files[0]).toBeTruthy();
    expect(files[1]).toBe(files[0]);
  });

  test('of twelve megapixels is shrunk, in little memory', async () => {
    const page = await openLab(browser);
    const { face, bytes } = made(await page.evaluate(async () => window.lab.run(await window.lab.jpeg(4000, 3000))));
    expect(face).toMatchObject({ width: 512, height: 384, warnings: [] });
    expectFace(face.faces[0]!, 4000, 3000);
    expect(bytes.length).toBeLessThan(60_000);
  });

  test('that says it lies on its side stands upright', async () => {
    const page = await openLab(browser);
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { face } = made(await page.evaluate(async (orientation) => window.lab.run(await window.lab.jpeg(640, 480, orientation), { maxSize: 320 }), orientation));
      expect([face.width, face.height], `orientation ${orientation}`).toEqual([320, 240]);
      // Mirrored ones are made to look as she does: the picture is the same in all eight.
      expectFace(face.faces[0]!, 640, 480);
      // Of 640 px there is more to be seen than of 320.
      expect(face.warnings.map(({ kind }) => kind)).toEqual(['distant-face']);
    }
  });

  test('comes in any form', async () => {
    const page = await openLab(browser);
    const outcomes = await page.evaluate(async () => {
      const { lab } = window;
      const options = { maxSize: 256 };
      const turned = await lab.jpeg(640, 480, 6);
      const image = new Image();
      image.src = URL.createObjectURL(turned);
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [640, 480];
      canvas.getContext('2d')!.drawImage(await createImageBitmap(turned), 0, 0);
      const offscreen = new OffscreenCanvas(640, 480);
      offscreen.getContext('2d')!.drawImage(canvas, 0, 0);
      const bitmap = await createImageBitmap(canvas);
      const sources = {
        file: new File([turned], 'me.jpg'),
        'blob address': image.src,
        address: new URL('/astronaut.png', location.href),
        'relative address': 'astronaut.png',
        image,
        canvas,
        offscreen,
        bitmap,
        pixels: canvas.getContext('2d')!.getImageData(0, 0, 640, 480),
      };
      const outcomes = [];
      for (const [name, source] of Object.entries(sources)) outcomes.push([name, await lab.run(source, options)] as const);
      // What was given is still the page's.
      return { outcomes, left: [bitmap.width, canvas.width, canvas.getContext('2d')!.getImageData(320, 100, 1, 1).data[3]] };
    });
    for (const [name, outcome] of outcomes.outcomes) {
      const { face } = made(outcome);
      const [width, height] = name.includes('address') && name !== 'blob address' ? [512, 512] : [640, 480];
      expect([face.width, face.height], name).toEqual([256, Math.round((256 * height!) / width!)]);
      expectFace(face.faces[0]!, width!, height!);
    }
    expect(outcomes.left).toEqual([640, 640, 255]);
  });

  test('with a transparent background is read as it looks', async () => {
    const page = await openLab(browser);
    const { face } = made(await page.evaluate(async () => {
      const canvas = await window.lab.canvas(400, 400, (context, image) => {
        context.beginPath();
        context.ellipse(180, 150, 110, 140, 0, 0, 7);
        context.clip();
        context.drawImage(image, 0, 0, 400, 400);
      });
      return window.lab.run(await canvas.convertToBlob({ type: 'image/png' }));
    }));
    expectFace(face.faces[0]!, 400, 400);
  });
});

describe('options', () => {
  test('make frames smaller, eyes soft and the background transparent', async () => {
    const page = await openLab(browser);
    const outcomes = await page.evaluate(async () => {
      const photo = await window.lab.jpeg(400, 400);
      const outcomes = [];
      for (const options of [{}, { maxSize: 128 }, { eyes: 'soft' }, { removeBackground: true }, { quality: 20 }] as const) outcomes.push(await window.lab.run(photo, options));
      return outcomes;
    });
    const [plain, small, soft, alone, coarse] = outcomes.map(made) as [ReturnType<typeof made>, ReturnType<typeof made>, ReturnType<typeof made>, ReturnType<typeof made>, ReturnType<typeof made>];
    expect([plain.face.width, small.face.width]).toEqual([400, 128]);
    const files = outcomes.map((outcome) => made(outcome).file);
    expect(new Set(files).size).toBe(files.length);
    // The layered eyes are not in the file.
    expect(soft.bytes.length).toBeLessThan(plain.bytes.length - 200);
    expect(coarse.bytes.length).toBeLessThan(plain.bytes.length * 0.6);
    // Bit 0 of the flags: transparent frames.
    const hasAlpha = ({ bytes }: { bytes: Uint8Array }) => (bytes[22]! & 1) === 1;
    expect([hasAlpha(plain), hasAlpha(alone)]).toEqual([false, true]);
  });

  test('choose a face', async () => {
    const page = await openLab(browser);
    const { found, outcomes } = await page.evaluate(async () => {
      const both = await window.lab.canvas(900, 600, (context, image) => {
        context.fillRect(0, 0, 900, 600);
        context.drawImage(image, 0, 0, 600, 600);
        context.drawImage(image, 600, 0, 300, 300);
      });
      const found = await window.lab.module.findFaces(both);
      const outcomes = [];
      for (const face of ['largest', 1, { x: 740, y: 70 }, { x: 0, y: 599 }, 2] as const) outcomes.push(await window.lab.run(both, { face }));
      return { found, outcomes };
    });
    expect(found).toMatchObject({ width: 900, height: 600 });
    expect(found.faces).toHaveLength(2);
    expectFace(found.faces[0]!, 600, 600);
    const second = found.faces[1]!;
    expectFace({ ...second, x: second.x - 600 }, 300, 300);
    expect(outcomes.slice(0, 4).map((outcome) => made(outcome).face.face)).toEqual([0, 1, 1, 0]);
    expect(outcomes[0]!.face!.warnings.map(({ kind }) => kind)).toEqual(['several-faces']);
    expect(outcomes[4]!.error).toMatchObject({ kind: 'no-face', message: 'there is no face 2: 2 faces were found, choose 0 (the largest) to 1' });
  });

  test('crop the picture around the face, as large as it was read', async () => {
    const page = await openLab(browser);
    const outcomes = await page.evaluate(async () => {
      const photo = await window.lab.canvas(4000, 3000, (context, image) => {
        context.fillRect(0, 0, 4000, 3000);
        context.drawImage(image, 300, 200, 2000, 2000);
        context.drawImage(image, 2600, 600, 1200, 1200);
      });
      const outcomes = [];
      for (const options of [{ crop: 'head' }, { crop: 'bust' }, { crop: 'head', face: 1 }] as const) outcomes.push(await window.lab.run(photo, options));
      return outcomes;
    });
    const [head, bust, other] = outcomes.map((outcome) => made(outcome).face) as [ReturnType<typeof made>['face'], ReturnType<typeof made>['face'], ReturnType<typeof made>['face']];
    for (const { faces } of [head, bust, other]) {
      expect(faces).toHaveLength(2);
      expectFace({ ...faces[0]!, x: faces[0]!.x - 300, y: faces[0]!.y - 200 }, 2000, 2000);
    }
    // Said of the whole picture, once, and not to who has chosen.
    const told = [head, bust, other].map(({ warnings }) => warnings.filter(({ kind }) => kind === 'several-faces').length);
    expect(told).toEqual([1, 1, 0]);
    expect(Math.max(head.width, head.height)).toBe(512);
    for (const { crop, faces, face } of [head, bust, other]) {
      const box = faces[face]!;
      expect(crop!.x).toBeLessThan(box.x);
      expect(crop!.y).toBeLessThan(box.y - box.height * 0.4);
      expect(crop!.x + crop!.width).toBeGreaterThan(box.x + box.width);
      expect(crop!.y + crop!.height).toBeGreaterThan(box.y + box.height);
    }
    expect(bust.crop!.height).toBeGreaterThan(head.crop!.height * 1.5);
    expect(head.width).toBe(head.height);
    expect(bust.width / bust.height).toBeCloseTo(0.8, 2);
    expect(other.face).toBe(1);
    expect(other.crop!.x).toBeGreaterThan(2600);
  });

  test('tell of a face that a crop shows larger, and look at its details in the photo', async () => {
    const page = await openLab(browser);
    const outcomes = await page.evaluate(async () => {
      const photo = await window.lab.canvas(2000, 1500, (context, image) => {
        context.fillStyle = '#78808a';
        context.fillRect(0, 0, 2000, 1500);
        context.drawImage(image, 300, 400, 512, 512);
      });
      const outcomes = [];
      for (const options of [{}, { crop: 'head' }] as const) outcomes.push(await window.lab.run(photo, options));
      return outcomes;
    });
    const [whole, head] = outcomes.map((outcome) => made(outcome).face) as [ReturnType<typeof made>['face'], ReturnType<typeof made>['face']];
    const distant = whole.warnings.find(({ kind }) => kind === 'distant-face');
    expect(distant!.message).toMatch(/times as large: use crop: 'bust' or crop: 'head'$/);
    expect(head.warnings.filter(({ kind }) => kind === 'distant-face')).toEqual([]);
    // Pixels of the photo, neither more nor fewer.
    expect(head.width).toBe(head.crop!.width);
    expect(head.width).toBeLessThan(400);
  });

  test('too small for the picture are found in the photo', async () => {
    const page = await openLab(browser);
    const { outcome, found } = await page.evaluate(async () => {
      const photo = await window.lab.canvas(4000, 3000, (context, image) => {
        context.fillStyle = '#78808a';
        context.fillRect(0, 0, 4000, 3000);
        context.drawImage(image, 2400, 1200, 400, 400);
      });
      return { outcome: await window.lab.run(photo, { crop: 'head' }), found: await window.lab.module.findFaces(photo) };
    });
    const { face } = made(outcome);
    expect(found.faces).toEqual(face.faces);
    expect(found.faces.length).toBe(1);
    const { x, y, width } = found.faces[0]!;
    // 9 px of the picture.
    expect(width).toBeGreaterThan(60);
    expect(width).toBeLessThan(90);
    expect(x).toBeGreaterThan(2400);
    expect(y).toBeGreaterThan(1200);
    expect(face.width).toBe(face.crop!.width);
    expect(face.width).toBeGreaterThan(width);
  });
});

test('two at once both finish', async () => {
  const page = await openLab(browser);
  const outcomes = await page.evaluate(async () => {
    const photos = await Promise.all([window.lab.jpeg(320, 320), window.lab.jpeg(400, 300), window.lab.jpeg(300, 400)]);
    return Promise.all(photos.map((photo) => window.lab.run(photo)));
  });
  expect(outcomes.map((outcome) => [made(outcome).face.width, made(outcome).face.height])).toEqual([[320, 320], [400, 300], [300, 400]]);
});

test('what it takes is fetched early, and once', async () => {
  const page = await openLab(browser);
  const asked = () => browser.site.asked.filter((path) => /\.(onnx|wasm)$/.test(path)).length;
  const before = asked();
  const stages = await page.evaluate(async () => {
    const stages: string[] = [];
    await window.lab.module.prepare({ onProgress: ({ stage }) => stages.push(stage) });
    return [...new Set(stages)];
  });
  expect(stages).toEqual(['loading']);
  expect(asked()).toBe(before + 5);
  const cold = made(await page.evaluate(async () => window.lab.run(await window.lab.jpeg(256, 256))));
  expect(cold.face.width).toBe(256);
  expect(asked()).toBe(before + 5);
  // Another page of the same visitor has the models.
  const next = await page.context().newPage();
  await next.goto(`${browser.site.url}/lab.html`);
  await next.evaluate(installLab);
  const models = () => browser.site.asked.filter((path) => path.endsWith('.onnx')).length;
  const had = models();
  made(await next.evaluate(async () => window.lab.run(await window.lab.jpeg(256, 256))));
  expect(models()).toBe(had);
});

// Pages that make faces, and the pictures that they make them from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import type * as Generate from '../web/generate/index.js';
import type { TestBrowser } from './browser.js';
import { PACKAGE } from './site.js';

/** A portrait of one woman, 512 x 512. */
export const ASTRONAUT = join(PACKAGE, '..', 'examples', 'astronaut.png');
export const MODELS = ['face_detection_short_range.onnx', 'face_landmark.onnx', 'iris_landmark.onnx', 'selfie_segmentation.onnx'];

/** What became of making a face. */
export interface Outcome {
  /** Where it failed: the name, kind and sentence of what was thrown. */
  error?: { name: string; kind?: string; message: string };
  face?: Pick<Generate.GeneratedFace, 'width' | 'height' | 'warnings' | 'faces' | 'face' | 'crop'>;
  /** The file, in base64. */
  file?: string;
  progress: Generate.GenerateProgress[];
  ms: number;
}

/** What tests use in the page. */
export interface Lab {
  module: typeof Generate;
  /** A canvas with a picture, drawn by canvas operations. */
  canvas(width: number, height: number, draw: (context: OffscreenCanvasRenderingContext2D, image: ImageBitmap) => void): Promise<OffscreenCanvas>;
  /** The astronaut as a JPEG of this size, with these EXIF turns: it looks upright when they are followed. */
  jpeg(width: number, height: number, orientation?: number): Promise<Blob>;
  run(source: Generate.PhotoSource, options?: Generate.GenerateOptions): Promise<Outcome>;
}

declare global {
  interface Window {
    lab: Lab;
    gazeGenerate: typeof Generate;
  }
}

export const LAB_HTML = '<!doctype html><meta charset="utf-8"><title>lab</title><script type="module" src="/lab.js"></script>';

/** Serves the astronaut, and an empty page. */
export function serveLab(browser: TestBrowser): void {
  beforeAll(() => {
    browser.site.route('/lab.html', LAB_HTML);
    browser.site.route('/lab.js', `import * as module from '/player/generate.js'; window.gazeGenerate = module;`);
    browser.site.route('/astronaut.png', readFileSync(ASTRONAUT));
  });
}

/** A page in which `window.lab` makes faces. */
export async function openLab(browser: TestBrowser, { path = '/lab.html', site = browser.site.url, before }: { path?: string; site?: string; before?: string } = {}): Promise<Page> {
  const page = await browser.page();
  if (before) await page.addInitScript(before);
  await page.goto(site + path);
  await page.evaluate(installLab);
  return page;
}

/** Puts `window.lab` into a page. */
export function installLab(): void {
  const module = window.gazeGenerate;
  const astronaut = async () => createImageBitmap(await (await fetch('/astronaut.png')).blob());
  const canvas: Lab['canvas'] = async (width, height, draw) => {
    const canvas = new OffscreenCanvas(width, height);
    draw(canvas.getContext('2d')!, await astronaut());
    return canvas;
  };
  /** For each orientation, where the stored x and y axes point in the upright picture: a, b, c, d of a matrix that brings
   * the upright picture to the stored one. */
  const stored: Record<number, [number, number, number, number]> = {
    1: [1, 0, 0, 1], 2: [-1, 0, 0, 1], 3: [-1, 0, 0, -1], 4: [1, 0, 0, -1],
    5: [0, 1, 1, 0], 6: [0, -1, 1, 0], 7: [0, -1, -1, 0], 8: [0, 1, -1, 0],
  };
  const jpeg: Lab['jpeg'] = async (width, height, orientation = 1) => {
    const [a, b, c, d] = stored[orientation]!;
    const [w, h] = orientation > 4 ? [height, width] : [width, height];
    const drawing = await canvas(w, h, (context, image) => {
      context.setTransform(a, b, c, d, w / 2, h / 2);
      context.drawImage(image, -width / 2, -height / 2, width, height);
    });
    const bytes = new Uint8Array(await (await drawing.convertToBlob({ type: 'image/jpeg', quality: 0.92 })).arrayBuffer());
    if (orientation === 1) return new Blob([bytes], { type: 'image/jpeg' });
    const text = (s: string) => [...s].map((c) => c.charCodeAt(0));
    const exif = [...text('Exif\0\0MM\0*'), 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
    const segment = new Uint8Array([0xff, 0xe1, 0, exif.length + 2, ...exif]);
    return new Blob([bytes.subarray(0, 2), segment, bytes.subarray(2)], { type: 'image/jpeg' });
  };
  const run: Lab['run'] = async (source, options) => {
    const progress: Generate.GenerateProgress[] = [];
    const start = performance.now();
    try {
      const made = await module.generate(source, { ...options, onProgress: (news) => progress.push(news) });
      const { width, height, warnings, faces, face, crop } = made;
      const ms = performance.now() - start;
      const bytes = new Uint8Array(await made.toBlob().arrayBuffer());
      const file = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
      return { face: { width, height, warnings, faces, face, crop }, file, progress, ms };
    } catch (thrown) {
      const { name, kind, message } = thrown as Generate.GenerateError;
      return { error: { name, kind, message }, progress, ms: performance.now() - start };
    }
  };
  window.lab = { module, canvas, jpeg, run };
}

/** What was made; fails the test with the error's sentence where nothing was. */
export function made(outcome: Outcome): Required<Omit<Outcome, 'error'>> & { bytes: Uint8Array } {
  expect(outcome.error).toBe(undefined);
  const { face, file, progress, ms } = outcome;
  return { face: face!, file: file!, bytes: Buffer.from(file!, 'base64'), progress, ms };
}

/** The compressed picture inside a file: the first WebP or JPEG in it, to its end. */
export function pictureIn(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file);
  const webp = bytes.indexOf('RIFF');
  if (webp >= 0 && bytes.toString('latin1', webp + 8, webp + 12) === 'WEBP') return bytes.subarray(webp, webp + 8 + bytes.readUInt32LE(webp + 4));
  const jpeg = bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
  expect(jpeg, 'a picture in the file').toBeGreaterThan(0);
  return bytes.subarray(jpeg, bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) + 2);
}

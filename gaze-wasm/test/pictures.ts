// Frames that a rig must give, drawn natively, and how far others are from them.
import { fixture } from './site.js';

/** A frame of a folder of fixtures: `x` and `y` are where it looks. */
export interface ExpectedFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export function expectedFrames(folder: string): ExpectedFrame[] {
  const frames = JSON.parse(new TextDecoder().decode(fixture(`${folder}/frames.json`))) as (ExpectedFrame & { file: string })[];
  return frames.map(({ file, ...frame }) => ({ ...frame, pixels: fixture(`${folder}/${file}`) }));
}

/** How far a picture is from what is expected, in grey levels of premultiplied colours: on average, and in the worst block of
 * 8 x 8 pixels. */
export function difference(pixels: ArrayLike<number>, { width, height, pixels: expected }: ExpectedFrame): { mean: number; worst: number } {
  if (pixels.length !== expected.length) return { mean: Infinity, worst: Infinity };
  const blocks = new Map<number, { sum: number; count: number }>();
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [alpha, wanted] = [pixels[at + 3]!, expected[at + 3]!];
    let off = Math.abs(alpha - wanted);
    for (let i = 0; i < 3; i++) off += Math.abs(pixels[at + i]! * alpha - expected[at + i]! * wanted) / 255;
    sum += off;
    const number = at / 4;
    const key = Math.floor(Math.floor(number / width) / 8) * width + Math.floor((number % width) / 8);
    const block = blocks.get(key) ?? { sum: 0, count: 0 };
    blocks.set(key, block);
    block.sum += off / 4;
    block.count++;
  }
  return { mean: sum / 4 / (width * height), worst: Math.max(...[...blocks.values()].map((block) => block.sum / block.count)) };
}

// What a file is and how large its picture, by its first bytes: a name may lie, and nothing large is decoded unseen.
import { GenerateError } from '../failure.js';

export interface Size {
  width: number;
  height: number;
}

/** Bytes that tell what a file is. */
export const HEAD_BYTES = 512;

/** The limits of gaze: see `gaze-face/src/portrait/limits.rs`. */
export const MAX_FILE_BYTES = 128 << 20;
const MAX_SIDE = 16_384;
const MAX_PIXELS = 120_000_000;
/** A larger picture is shrunk while it is decoded, so that no more than 25 million pixels are in memory, with a copy of
 * half its width and height. */
const MAX_BITMAP_PIXELS = 20_000_000;

/** Whether the file is a JPEG. */
export function isJpeg(head: Uint8Array): boolean {
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
}

/** The size that a file claims, of its picture as stored; none where it is of a format whose sizes are not read here, which
 * the browser may know all the same. A JPEG does not say it in its first bytes: see `readJpeg`. */
export function claimedSize(head: Uint8Array): Size | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const starts = (text: string, at = 0) => [...text].every((c, i) => head[at + i] === c.charCodeAt(0));
  const has = (length: number) => head.length >= length;
  if (starts('\x89PNG\r\n\x1a\n') && has(24)) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (starts('GIF8') && has(10)) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (starts('BM') && has(26)) return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  if (starts('RIFF') && starts('WEBP', 8) && has(30)) {
    // A picture that says so before anything else, an animation among them: 24 bits each, less 1.
    if (starts('VP8X', 12)) {
      const side = (at: number) => 1 + (view.getUint32(at, true) & 0xff_ffff);
      return { width: side(24), height: 1 + (view.getUint32(26, true) >>> 8) };
    }
    if (starts('VP8L', 12)) {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    if (starts('VP8 ', 12)) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  return undefined;
}

/** Throws where a picture is too large to be decoded. One that is too small is refused once it is read. */
export function checkSize({ width, height }: Size): void {
  if (Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS) return;
  throw new GenerateError(
    'invalid-input',
    `the picture has ${width} x ${height} pixels: shrink it to at most ${MAX_SIDE} on each side and ${MAX_PIXELS / 1e6} million in all`,
  );
}

/** How the bitmap of a picture is read smaller, where that is needed. */
export function shrinkWhileReading({ width, height }: Size): ImageBitmapOptions {
  const share = MAX_BITMAP_PIXELS / (width * height);
  // The browser keeps the proportions.
  return share < 1 ? { resizeWidth: Math.floor(width * Math.sqrt(share)), resizeQuality: 'medium' } : {};
}

/** Why the browser could not decode a file: what it is, or else that it is damaged. */
export function undecodable(head: Uint8Array): string {
  const name = foreignName(head);
  if (name) return `this is ${name}: use a JPEG or PNG picture instead`;
  return claimedSize(head) || isJpeg(head)
    ? 'the picture is damaged or cut short: get it again, or save it as a new JPEG or PNG'
    : 'this is no picture that can be read: JPEG, PNG, WebP, GIF and BMP are';
}

/** What people hand in by mistake. */
function foreignName(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  const brand = /^....ftyp(....)/s.exec(text)?.[1];
  if (brand) {
    if (/^avi[fs]$/.test(brand)) return 'an AVIF picture';
    if (/^(hei[cxms]|hevc|mif1|msf1)$/.test(brand)) return 'a HEIC picture';
    return brand === 'crx ' ? 'a raw camera picture' : 'a video';
  }
  const starts: [string, string][] = [
    ['II*\0', 'a TIFF picture'],
    ['MM\0*', 'a TIFF picture'],
    ['%PDF', 'a PDF document'],
    ['8BPS', 'a Photoshop document'],
    ['\xff\x0a', 'a JPEG XL picture'],
    ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
    ['\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
    ['PK\x03\x04', 'a zip archive or an office document'],
    ['\x1aE\xdf\xa3', 'a video'],
  ];
  const found = starts.find(([start]) => text.startsWith(start));
  if (found) return found[1];
  const words = text.replace(/^\xef\xbb\xbf/, '').trimStart().toLowerCase();
  if (/^<!doctype html|^<html/.test(words)) return 'a web page';
  return words.includes('<svg') ? 'an SVG drawing' : undefined;
}

// How a JPEG file is built, without decoding it: its size and turn, whether all of it is there, and the same picture
// without whatever else the file says.
import type { Size } from './format.js';

/** What the segments of a JPEG file say. */
export interface Jpeg {
  /** As stored: 5 to 8 of `orientation` lie on their side. None where no frame is described. */
  size: Size | undefined;
  /** EXIF's, 1 to 8. */
  orientation: number;
  /** Whether the end-of-image marker follows the picture data. Browsers fill what is missing with grey. */
  isComplete: boolean;
  /** Whether the picture alone is enough to decode it: 8 bits, three components in YCbCr, sRGB. */
  isPlain: boolean;
  /** Where what is needed to decode it lies: start and end of each part, in order. */
  parts: [start: number, end: number][];
}

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const ADOBE = 0xee;

/** Reads the segments of a file that begins as a JPEG does. Whatever is damaged is not plain. */
export function readJpeg(bytes: Uint8Array): Jpeg {
  const jpeg: Jpeg = { size: undefined, orientation: 1, isComplete: false, isPlain: true, parts: [[0, 2]] };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; ; ) {
    const found = nextMarker(bytes, at);
    if (found === undefined) return jpeg;
    const marker = bytes[found + 1]!;
    at = found + 2;
    if (marker === END_OF_IMAGE) {
      jpeg.parts.push([found, at]);
      jpeg.isComplete = true;
      return jpeg;
    }
    // Markers without a segment: restarts inside the data, start of image, TEM.
    if ((marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) continue;
    if (at + 2 > bytes.length) return jpeg;
    const end = at + view.getUint16(at);
    if (end > bytes.length || end < at + 2) return jpeg;
    readSegment(jpeg, marker, bytes.subarray(at + 2, end));
    const isExtra = (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
    if (!isExtra) jpeg.parts.push([found, end]);
    at = end;
    if (marker !== START_OF_SCAN) continue;
    at = endOfScan(bytes, at);
    jpeg.parts.push([end, at]);
  }
}

/** The picture and nothing that was said about it: no place, no camera, no thumbnail, no second picture. */
export function withoutMetadata(bytes: Uint8Array<ArrayBuffer>, jpeg: Jpeg): Blob {
  return new Blob(jpeg.parts.map(([start, end]) => bytes.subarray(start, end)), { type: 'image/jpeg' });
}

/** Where the next marker's 0xff stands: not one that is stuffed into data (followed by 0) or that only fills (followed
 * by another 0xff). */
function nextMarker(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] !== 0x00 && bytes[at + 1] !== 0xff) return at;
  }
  return undefined;
}

/** Where the data of a scan ends: before the first marker that is no restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = nextMarker(bytes, from); at !== undefined; at = nextMarker(bytes, at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker < 0xd0 || marker > 0xd7) return at;
  }
  return bytes.length;
}

function readSegment(jpeg: Jpeg, marker: number, body: Uint8Array): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
  if (isFrame && body.length >= 6) {
    // The first frame counts; a second one is a hierarchy that hardly anything decodes.
    if (jpeg.size) jpeg.isPlain = false;
    jpeg.size ??= { width: view.getUint16(3), height: view.getUint16(1) };
    const isUsual = marker === 0xc0 || marker === 0xc1 || marker === 0xc2;
    const isYCbCr = body[5] === 3 && body[6] === 1 && body[9] === 2 && body[12] === 3;
    if (!isUsual || body[0] !== 8 || !isYCbCr) jpeg.isPlain = false;
  } else if (marker === 0xe1 && textAt(body, 0, 6) === 'Exif\0\0') {
    jpeg.orientation = orientationIn(body.subarray(6));
  } else if (marker === 0xe2 && textAt(body, 0, 12) === 'ICC_PROFILE\0') {
    if (!namesSrgb(body)) jpeg.isPlain = false;
  } else if (marker === ADOBE && textAt(body, 0, 5) === 'Adobe' && body[11] !== 1) {
    jpeg.isPlain = false;
  }
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** Whether a colour profile calls itself sRGB, in one byte a letter or two. */
function namesSrgb(profile: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(profile).replaceAll('\0', '').includes('sRGB');
}

/** The orientation in EXIF's first directory, 1 where there is none. */
function orientationIn(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return 1;
  const little = textAt(tiff, 0, 2) === 'II';
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return 1;
  const entries = view.getUint16(start, little);
  for (let i = 0; i < entries; i++) {
    const at = start + 2 + 12 * i;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

// Finds what a pack holds by its table, and takes portrait.gaze apart and puts it together again, so that what is wrong lies
// behind the checksums.
import { fixture } from './site.js';

/** Where a pack's table of sections begins, and bytes of an entry; bytes of the rig's head, and of an entry of its table. */
const SECTIONS = 36;
const SECTION = 24;
const HEAD = 12;
const ENTRY = 16;

const number = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const named = (file: Uint8Array, at: number, name: string) => String.fromCharCode(...file.subarray(at, at + 4)) === name;

/** Where a pack's section lies, and its entry in the table. */
export function sectionOf(file: Uint8Array, name: string): { entry: number; start: number; end: number } {
  let entry = SECTIONS;
  while (!named(file, entry, name)) entry += SECTION;
  const start = number(file, entry + 8);
  return { entry, start, end: start + number(file, entry + 16) };
}

/** Where the table of frames begins in a pack. */
export function frameTableOf(file: Uint8Array): number {
  return SECTIONS + file[SECTIONS - 2]! * SECTION;
}

/** Bytes of the first frame of a pack. */
export function firstFrameOf(file: Uint8Array): { start: number; end: number } {
  const { start } = sectionOf(file, 'FRMS');
  return { start, end: start + number(file, frameTableOf(file)) };
}

/** Where the rig begins in a pack. */
export function rigOf(file: Uint8Array): number {
  return sectionOf(file, 'RIGD').start;
}

/** Where a part of the rig lies in the file. */
export function partOf(file: Uint8Array, name: string): { start: number; end: number } {
  const rig = rigOf(file);
  let start = rig + HEAD + file[rig + 10]! * ENTRY;
  for (let entry = rig + HEAD; ; entry += ENTRY) {
    const end = start + number(file, entry + 8);
    if (named(file, entry, name)) return { start, end };
    start = end;
  }
}

/** The rig of a folder of fixtures, changed, with checksums that fit. */
export function changedRig(folder: string, change: (file: Uint8Array) => void): Uint8Array {
  const file = Uint8Array.from(fixture(`${folder}/portrait.gaze`));
  const rig = rigOf(file);
  change(file);
  let start = rig + HEAD + file[rig + 10]! * ENTRY;
  for (let part = 0; part < file[rig + 10]!; part++) {
    const entry = rig + HEAD + part * ENTRY;
    const end = start + number(file, entry + 8);
    new DataView(file.buffer).setUint32(entry + 12, crc32(file.subarray(start, end)), true);
    start = end;
  }
  return file;
}

/** A module whose memory may not grow. */
export function withFixedMemory(module: Uint8Array): Uint8Array {
  const leb = (at: number): [value: number, next: number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return [value, at];
    }
  };
  for (let at = 8; ; ) {
    const [length, body] = leb(at + 1);
    if (module[at] !== 5) {
      at = body + length;
      continue;
    }
    // One memory without a limit: its least size becomes its most.
    const least = module.subarray(body + 2, body + length);
    return Uint8Array.from([...module.subarray(0, at), 5, 2 + 2 * least.length, 1, 1, ...least, ...least, ...module.subarray(body + length)]);
  }
}

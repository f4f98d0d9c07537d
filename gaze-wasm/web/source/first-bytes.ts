// What a file is, by its first bytes: a name may lie, and so may a server.

/** As many bytes as tell. */
export const HEAD_BYTES = 64;

/** What servers send in place of a face, and how it begins. */
const STRANGERS = ['a web page', 'XML', 'JSON', 'a Git LFS pointer that was not pulled', 'a zip archive', 'text'];
const BEGINNINGS = [/^<[!hbmts]/i, /^</, /^[[{]/, /^version https:..git-lfs/, /^PK\x03/, /^[\s!-~]+$/];

function textOf(start: Uint8Array): string {
  return String.fromCharCode(...start.subarray(0, HEAD_BYTES));
}

/** What a file is that can be no face; none where it may be one. */
export function strangerIn(start: Uint8Array): string | undefined {
  const text = textOf(start).replace(/^(\xef\xbb\xbf)?\s+/, '');
  return start.length ? STRANGERS[BEGINNINGS.findIndex((beginning) => beginning.test(text))] : 'an empty file';
}

export function isPack(start: Uint8Array): boolean {
  return textOf(start).startsWith('\x89GAZE');
}

/** Whether an image file may have transparent pixels. */
export function mayHaveAlpha(start: Uint8Array): boolean {
  const text = textOf(start);
  if (/^(\xff\xd8|RIFF....WEBPVP8 )/s.test(text)) return false;
  return !/^RIFF....WEBPVP8X/s.test(text) || (start[20]! & 0x10) > 0;
}

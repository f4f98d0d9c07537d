// What a file is, by its first bytes: a name may lie, and so may a server.

/** As many bytes as tell. */
export const HEAD_BYTES = 64;

/** What servers send in place of a face, and how it begins. */
const STRANGERS = ['an empty file', 'a web page', 'XML', 'JSON', 'an unpulled Git LFS pointer', 'a zip archive', 'text'];
const BEGINNINGS = [/^$/, /^<[!hbmts]/i, /^</, /^[[{]/, /^version https:..git-lfs/, /^PK\x03/, /^[\s!-~]+$/];

function textOf(start: Uint8Array): string {
  return String.fromCharCode(...start.subarray(0, HEAD_BYTES));
}

/** What a file is that can be no face; none where it may be one. */
export function strangerIn(start: Uint8Array): string | undefined {
  const text = textOf(start).replace(/^(\xef\xbb\xbf)?\s*/, '');
  return STRANGERS[BEGINNINGS.findIndex((beginning) => beginning.test(text))];
}

export function isPack(start: Uint8Array): boolean {
  return textOf(start).startsWith('\x89GAZE');
}

/** Whether an image file may have transparent pixels. */
export function mayHaveAlpha(start: Uint8Array): boolean {
  // JPEG, and WebP that is lossy or says so among its flags.
  return !/^(\xff\xd8|RIFF....WEBPVP8( |X....[\0-\x0f -/]))/s.test(textOf(start));
}

// Whether a worker may do here all that a page may: from file://, WebKit's can read no blob, and so no picture.

/** A picture of one pixel. */
const PIXEL = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** Rejects where it may not. */
export async function tryAbilities(): Promise<void> {
  const picture = new Blob([Uint8Array.from(atob(PIXEL), (c) => c.charCodeAt(0))], { type: 'image/gif' });
  // A module without anything in it.
  const module = WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const [bitmap] = await Promise.all([createImageBitmap(picture), picture.arrayBuffer(), module]);
  bitmap.close();
}

// The picture inside a portrait.gaze: docs/pack-format.md says where it lies.

/** Where the fixed part has the header's length, behind which the rig begins, and bytes of the rig's head and of an entry
 * of its table. */
const HEADER_LENGTH_AT = 12;
const HEAD = 12;
const ENTRY = 16;
const JPEG = 2;

/** The size of a portrait, and whether it is transparent; none where the file is no portrait.gaze. */
export async function shapeOf(rig: Blob): Promise<{ width: number; height: number; isCut: boolean } | undefined> {
  const view = new DataView(await rig.slice(0, 36).arrayBuffer());
  if (view.byteLength < 36) return undefined;
  return { width: view.getUint16(18, true), height: view.getUint16(20, true), isCut: (view.getUint16(22, true) & 1) === 1 };
}

/** The picture of a portrait as a file of its own; none where it has none. */
export async function pictureIn(rig: Blob): Promise<Blob | undefined> {
  const bytes = await rig.arrayBuffer();
  const view = new DataView(bytes);
  try {
    const start = view.getUint32(HEADER_LENGTH_AT, true);
    const parts = view.getUint16(start + 10, true);
    let at = start + HEAD + parts * ENTRY;
    for (let part = 0; part < parts; part += 1) {
      const entry = start + HEAD + part * ENTRY;
      const name = String.fromCharCode(...new Uint8Array(bytes, entry, 4));
      const length = view.getUint32(entry + 8, true);
      if (name === 'PICT') return new Blob([bytes.slice(at, at + length)], { type: view.getUint16(entry + 4, true) === JPEG ? 'image/jpeg' : 'image/webp' });
      at += length;
    }
  } catch {
    // Cut short.
  }
  return undefined;
}

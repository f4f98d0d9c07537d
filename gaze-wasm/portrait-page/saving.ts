// What leaves the page, onto the visitor's own disk.
import afterContent from '../../gaze-player/src/page/after.html';
import beforeContent from '../../gaze-player/src/page/before.html';

/** How long an address of a file is kept for the browser to read it, in milliseconds. */
const KEEP_MS = 60_000;
/** Bytes whose base64 is made at a time: a multiple of three, so that the parts join. */
const PART_BYTES = 3 << 13;

/** Hands a file to the browser's downloads. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
}

/** A page that shows a portrait and needs nothing else, as `gaze export` writes it. `attributes` go into the element's tag,
 * each with a space before it. */
export async function pageOf(portrait: Blob, { width, height }: { width: number; height: number }, player: string, attributes = ''): Promise<Blob> {
  const fill = (template: string, values: Record<string, string>) => template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
  const before = fill(beforeContent, { title: 'Portrait', width: String(width), height: String(height), attributes });
  const block = `</gaze-tracker>\n<script type="application/octet-stream">${base64(new Uint8Array(await portrait.arrayBuffer()))}</script>\n`;
  return new Blob([before, block, fill(afterContent, { player })], { type: 'text/html' });
}

/** Bytes as text. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART_BYTES) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PART_BYTES)));
  return text;
}

/** Text as the bytes that it stands for. Throws where it is no base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

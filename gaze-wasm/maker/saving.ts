// What leaves the page, onto the visitor's own disk: the portrait, the player, a page with both.
import afterContent from '../../gaze-player/src/page/after.html';
import beforeContent from '../../gaze-player/src/page/before.html';
import { playerScript } from './carried.js';

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

/** The player as a file. */
export function playerFile(): Blob {
  return new Blob([playerScript()], { type: 'text/javascript' });
}

/** A page that shows a portrait of this size and needs nothing else, as `gaze export` writes it. */
export async function pageOf(portrait: Blob, width: number, height: number): Promise<Blob> {
  const fill = (template: string, values: Record<string, string>) => template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
  const before = fill(beforeContent, { title: 'Portrait', width: String(width), height: String(height) });
  const block = `</gaze-tracker>\n<script type="application/octet-stream">${base64(new Uint8Array(await portrait.arrayBuffer()))}</script>\n`;
  return new Blob([before, block, fill(afterContent, { player: playerScript() })], { type: 'text/html' });
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART_BYTES) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PART_BYTES)));
  return text;
}

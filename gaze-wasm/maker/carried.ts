// What the page carries: files as base64 in script blocks, and the player's own script.
import { bytesOf } from '../portrait-page/saving.js';

/** The bytes of a file that the page carries; none where it does not. Its text is let go of. */
export function carriedFile(name: string): Uint8Array<ArrayBuffer> | undefined {
  const block = document.querySelector(`script[data-name="${name}"]`);
  if (!block) return undefined;
  const text = block.textContent.trim();
  block.remove();
  return bytesOf(text);
}

/** The single-file player, as it stands in this page. */
export function playerScript(): string {
  return document.getElementById('player')?.textContent ?? '';
}

/** The player as a file. */
export function playerFile(): Blob {
  return new Blob([playerScript()], { type: 'text/javascript' });
}

// What the page carries: files as base64 in script blocks, and the player's own script.

/** The bytes of a file that the page carries; none where it does not. Its text is let go of. */
export function carriedFile(name: string): Uint8Array<ArrayBuffer> | undefined {
  const block = document.querySelector(`script[data-name="${name}"]`);
  if (!block) return undefined;
  const text = atob(block.textContent.trim());
  block.remove();
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The single-file player, as it stands in this page. */
export function playerScript(): string {
  return document.getElementById('player')?.textContent ?? '';
}

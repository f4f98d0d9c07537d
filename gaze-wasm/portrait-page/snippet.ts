// The code that shows a portrait in a page, and the shapes that it may have there.

export type Shape = '' | 'square' | 'round';

/** Where a portrait lies in a square that it fills: `50% 12%` for instance, a value of `object-position`. */
export type Position = string;

/** What the code names. */
export interface Embedded {
  /** Addresses of the player and of the portrait. */
  player: string;
  portrait: string;
  position: Position;
  /** Size of the portrait, whose ratio counts. */
  size: { width: number; height: number };
  /** Glances round at rest. */
  isIdle?: boolean;
}

/** HTML to paste. */
export function snippet(shape: Shape, { player, portrait, position, size, isIdle }: Embedded): string {
  // Room is kept while the player is on its way, so that nothing on the page moves.
  const style = ['display: block; width: 320px', `aspect-ratio: ${shape ? '1' : `${size.width} / ${size.height}`}`];
  if (shape) style.push('--gaze-fit: cover', `--gaze-position: ${position}`);
  if (shape === 'round') style.push('border-radius: 50%');
  return `<script type="module"
  src="${player}">
</script>
<gaze-tracker${isIdle ? ' idle' : ''} blink
  src="${portrait}"
  style="${style.join(';\n    ')}">
</gaze-tracker>`;
}

/** Writes the code for the shape that is chosen in the caption, where that has code, and shows the portrait in that shape. */
export function writeSnippet(picture: HTMLElement, embedded: Embedded): void {
  const code = document.querySelector('.label .code');
  const shape = (document.querySelector<HTMLInputElement>('.label input[name=shape]:checked')?.value ?? '') as Shape;
  if (code) code.textContent = snippet(shape, embedded);
  for (const other of ['square', 'round']) picture.classList.toggle(other, !!code && shape === other);
  picture.style.setProperty('--position', embedded.position);
}

/** Copies text, which stands in `shown`; where the browser does not let the page, it is selected for the visitor to copy. */
export async function copyText(text: string, shown: HTMLElement): Promise<boolean> {
  if (shown instanceof HTMLInputElement) shown.select();
  else getSelection()?.selectAllChildren(shown);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

/** A part of a picture of this size, and the size. */
export interface Framed {
  width: number;
  height: number;
  /** Middle of the face. */
  x: number;
  y: number;
}

/** Shows the face in the middle of a square, a little above it, as far as the picture goes. */
export function positionOf({ width, height, x, y }: Framed): Position {
  const side = Math.min(width, height);
  const share = (middle: number, length: number, at: number) => {
    const room = length - side;
    return room > 0 ? Math.round(Math.min(1, Math.max(0, (middle - side * at) / room)) * 100) : 50;
  };
  return `${share(x, width, 0.5)}% ${share(y, height, 0.46)}%`;
}

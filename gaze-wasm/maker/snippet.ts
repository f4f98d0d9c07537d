// The code that shows a portrait in a page.

export type Shape = '' | 'square' | 'round';

/** Where a portrait lies in a square that it fills: `50% 12%` for instance, a value of `object-position`. */
export type Position = string;

/** HTML to paste. */
export function snippet(shape: Shape, position: Position): string {
  const style = ['width: 320px'];
  if (shape) style.push('aspect-ratio: 1', '--gaze-fit: cover', `--gaze-position: ${position}`);
  if (shape === 'round') style.push('border-radius: 50%');
  return `<script type="module"
  src="gaze-tracker.js">
</script>
<gaze-tracker
  src="portrait.gaze"
  style="${style.join(';\n    ')}">
</gaze-tracker>`;
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

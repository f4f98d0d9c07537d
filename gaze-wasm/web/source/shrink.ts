// How much smaller than stored frames may be kept.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Smaller than an eighth, decoding costs more than is saved. */
const MOST = 8;

/**
 * The power of two, 1 to 8, that a frame's sides can be divided by and still have a pixel for each one of
 * `shown`, the space in device pixels that it is fitted into. Powers of two keep the moving rectangle, whose
 * edges are multiples of 8, on whole pixels.
 */
export function shrinkFor(frame: Size, shown: Size): number {
  if (shown.width <= 0 || shown.height <= 0) return MOST;
  const scale = Math.min(shown.width / frame.width, shown.height / frame.height);
  let shrink = 1;
  while (shrink < MOST && shrink * 2 * scale <= 1) shrink *= 2;
  return shrink;
}

/** The size in whole pixels that `frame` has where it is fitted into `shown`: no larger than it is, an eighth at least. */
export function fitted(frame: Size, shown: Size): Size {
  const scale = Math.min(1, Math.max(1 / MOST, Math.min(shown.width / frame.width, shown.height / frame.height)));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(frame.width), height: side(frame.height) };
}

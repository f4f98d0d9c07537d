// The wall takes its colour from the portrait's backdrop: hue and a little chroma, never lightness.

/** Side of the copy that is looked at, in pixels. */
const SIDE = 24;
/** Width of the rim, in pixels of it. */
const RIM = 3;
const LEAST_CHROMA = 0.006;
const MOST_CHROMA = 0.032;
/** Below this lightness a backdrop has hardly a colour of its own. */
const DARK = 0.45;

/** Paints the wall for a picture. */
export function paintWall(picture: CanvasImageSource): void {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  context.drawImage(picture, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const [lights, reds, yellows]: [number[], number[], number[]] = [[], [], []];
  // The top and the upper sides: the bottom is clothes.
  for (let y = 0; y < SIDE * 0.6; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const [r = 0, g = 0, b = 0, alpha = 0] = data.subarray((y * SIDE + x) * 4);
      if ((y >= RIM && x >= RIM && x < SIDE - RIM) || alpha < 200) continue;
      const [light, red, yellow] = oklab(r, g, b);
      lights.push(light);
      reds.push(red);
      yellows.push(yellow);
    }
  }
  if (!reds.length) return;
  const [red, yellow] = [median(reds), median(yellows)];
  const chroma = Math.hypot(red, yellow) * 0.85 * Math.min(1, median(lights) / DARK);
  const { style } = document.documentElement;
  style.setProperty('--h', String(((Math.atan2(yellow, red) * 180) / Math.PI + 360) % 360));
  style.setProperty('--c', String(Math.min(MOST_CHROMA, Math.max(LEAST_CHROMA, chroma))));
}

/** Back to the demo's wall, which the style has. */
export function clearWall(): void {
  document.documentElement.style.removeProperty('--h');
  document.documentElement.style.removeProperty('--c');
}

/** One flag does not paint a room. */
function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Lightness and the two colour axes in Oklab of 8-bit sRGB: https://bottosson.github.io/posts/oklab/ */
function oklab(...rgb: [number, number, number]): [number, number, number] {
  const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = rgb.map((value) => linear(value / 255)) as [number, number, number];
  const l = Math.cbrt(0.4122 * r + 0.5363 * g + 0.0514 * b);
  const m = Math.cbrt(0.2119 * r + 0.6807 * g + 0.1074 * b);
  const s = Math.cbrt(0.0883 * r + 0.2817 * g + 0.63 * b);
  return [0.2105 * l + 0.7936 * m - 0.0041 * s, 1.978 * l - 2.4286 * m + 0.4506 * s, 0.0259 * l + 0.7828 * m - 0.8087 * s];
}

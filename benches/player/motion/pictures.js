// @ts-check
// What pictures are compared by. A picture is its luminance in the part of the frame that moves, row by row.

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */
/** @typedef {{ width: number, height: number, grey: Float32Array }} Grey */

/** @param {ImageData} image @returns {Grey} */
export function greyOf({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i += 1) grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  return { width, height, grey };
}

/** Mean squared difference of neighbouring pixels. @param {Grey} picture */
export function edgeEnergy({ grey, width, height }) {
  let sum = 0;
  for (let y = 0; y + 1 < height; y += 1) {
    for (let i = y * width; i < (y + 1) * width - 1; i += 1) sum += (grey[i + 1] - grey[i]) ** 2 + (grey[i + width] - grey[i]) ** 2;
  }
  return sum / grey.length;
}

/** Root of the mean squared difference, in grey levels. @param {Grey} a @param {Grey} b */
export function difference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.grey.length; i += 1) sum += (a.grey[i] - b.grey[i]) ** 2;
  return Math.sqrt(sum / a.grey.length);
}

/** The rectangle that differs between pictures by more than `least` levels. @param {readonly Grey[]} pictures @returns {Rect} */
export function changed(pictures, least = 12) {
  const [first, ...rest] = pictures;
  let [left, top, right, bottom] = [first.width, first.height, 0, 0];
  first.grey.forEach((value, i) => {
    if (rest.every(({ grey }) => Math.abs(grey[i] - value) <= least)) return;
    const [x, y] = [i % first.width, Math.floor(i / first.width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

const BLOCK = 16;
const REACH = 14;
/** A block with less contrast, in grey levels a pixel, shows no motion. */
const LEAST_CONTRAST = 4;

/** How far blocks of a picture have moved in another, in px, those that show it. @param {Grey} a @param {Grey} b */
export function motions(a, b) {
  const found = [];
  for (let y = REACH; y + BLOCK + REACH < a.height; y += BLOCK / 2) {
    for (let x = REACH; x + BLOCK + REACH < a.width; x += BLOCK / 2) {
      const cost = (/** @type {number} */ dx, /** @type {number} */ dy) => {
        let sum = 0;
        for (let row = 0; row < BLOCK; row += 1) {
          const from = (y + row) * a.width + x;
          const to = from + dy * a.width + dx;
          for (let i = 0; i < BLOCK; i += 1) sum += (a.grey[from + i] - b.grey[to + i]) ** 2;
        }
        return sum / BLOCK ** 2;
      };
      if (contrast(a, x, y) < LEAST_CONTRAST) continue;
      let best = { dx: 0, dy: 0, cost: cost(0, 0) };
      for (let dy = -REACH; dy <= REACH; dy += 1) {
        for (let dx = -REACH; dx <= REACH; dx += 1) {
          const each = cost(dx, dy);
          if (each < best.cost) best = { dx, dy, cost: each };
        }
      }
      // What looks different there was covered before.
      if (best.cost < 60 && Math.max(Math.abs(best.dx), Math.abs(best.dy)) < REACH) found.push(Math.hypot(best.dx, best.dy));
    }
  }
  return found;
}

/** How much a block has to hold on to in the direction where it has least: of a straight edge one cannot tell how far it moves
 * along itself. Root of the smaller eigenvalue of the structure tensor, in grey levels a pixel.
 * @param {Grey} a @param {number} left @param {number} top */
function contrast({ grey, width }, left, top) {
  let [xx, xy, yy] = [0, 0, 0];
  for (let y = top; y < top + BLOCK; y += 1) {
    for (let i = y * width + left; i < y * width + left + BLOCK; i += 1) {
      const [dx, dy] = [(grey[i + 1] - grey[i - 1]) / 2, (grey[i + width] - grey[i - width]) / 2];
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  const least = (xx + yy - Math.hypot(xx - yy, 2 * xy)) / 2;
  return Math.sqrt(Math.max(0, least) / BLOCK ** 2);
}

// @ts-check
// The usual way of doing this in JavaScript: PixiJS, four sheets as four textures, one sprite whose
// texture is the cell that the smoothed pointer is in, swapped on a ticker that always runs. Kind to
// itself where that costs nothing: the sheets load side by side, and the sprite shows as soon as the
// sheet of its cell is there.

import { Application, Assets, Rectangle, Sprite, Texture } from 'pixi.js';

/** Share of the remaining distance covered in a tick. */
const SMOOTHING = 0.12;

/**
 * @typedef {object} Widget
 * @property {Promise<unknown>} ready All sheets are there.
 * @property {() => void} remove
 */

/**
 * Puts a widget into `parent`. `suffix` picks other sheets of the folder: `_20` the smaller ones.
 * @param {HTMLElement} parent @param {string} src @param {string} suffix
 * @returns {Promise<Widget>}
 */
async function mount(parent, src, suffix) {
  const meta = await (await fetch(`${src}metadata.json`)).json();
  const half = suffix ? meta.mobileQuadrantSize : meta.quadrantSize;
  const last = half * 2 - 1;
  const { imageWidth: width, imageHeight: height } = meta;

  // Cells by row and column; a cell is missing until its sheet has come.
  /** @type {Texture[]} */
  const cells = [];
  // The resting cell lies in the last sheet: ask for that one first.
  const ready = Promise.all(
    [3, 2, 1, 0].map(async (quadrant) => {
      const { source } = await Assets.load(`${src}q${quadrant}${suffix}.webp`);
      const [top, left] = [quadrant >> 1, quadrant & 1];
      for (let row = 0; row < half; row += 1) {
        for (let column = 0; column < half; column += 1) {
          const frame = new Rectangle(column * width, row * height, width, height);
          cells[(top * half + row) * 2 * half + left * half + column] = new Texture({ source, frame });
        }
      }
    }),
  );

  const box = document.createElement('div');
  parent.append(box);
  const app = new Application();
  await app.init({ width, height, backgroundAlpha: 0, preference: 'webgl' });
  box.append(app.canvas);
  const sprite = new Sprite(Texture.EMPTY);
  app.stage.addChild(sprite);

  const target = { x: 0, y: 0 };
  const gaze = { x: 0, y: 0 };
  /** @param {MouseEvent} event */
  const look = (event) => {
    const rect = box.getBoundingClientRect();
    const reach = Math.max(innerWidth, innerHeight) / 2;
    target.x = deflection(event.clientX, rect.left + rect.width / 2, innerWidth, reach);
    target.y = deflection(event.clientY, rect.top + rect.height / 2, innerHeight, reach);
  };
  addEventListener('mousemove', look);

  app.ticker.add(() => {
    gaze.x += (target.x - gaze.x) * SMOOTHING;
    gaze.y += (target.y - gaze.y) * SMOOTHING;
    const row = Math.round(((gaze.y + 1) / 2) * last);
    const column = Math.round(((gaze.x + 1) / 2) * last);
    const texture = cells[row * 2 * half + column];
    if (!texture || texture === sprite.texture) return;
    sprite.texture = texture;
    // The ticker renders right after this.
    window.probe?.shows(row, column);
  });

  return {
    ready,
    remove() {
      removeEventListener('mousemove', look);
      app.destroy({ removeView: true }, { children: true });
      for (const texture of cells) texture?.destroy();
      box.remove();
    },
  };
}

/**
 * -1..1 along one axis: full at `reach` or at the viewport's edge on that side, whichever is nearer.
 * @param {number} at @param {number} centre @param {number} size @param {number} reach
 */
function deflection(at, centre, size, reach) {
  const offset = at - centre;
  const full = Math.min(reach, offset < 0 ? centre : size - centre);
  return full <= 0 ? Math.sign(offset) : Math.max(-1, Math.min(1, offset / full));
}

window.bench = {
  mount: (suffix) => mount(/** @type {HTMLElement} */ (document.getElementById('widgets')), '/frames/', suffix),
};
const query = new URLSearchParams(location.search);
const count = Number(query.get('count') ?? 1);
if (query.has('kind')) /** @type {HTMLElement} */ (document.getElementById('widgets')).className = query.get('kind') ?? '';
const widgets = Array.from({ length: count }, () => window.bench.mount(query.get('sheets') ?? ''));
Promise.all(widgets.map(async (widget) => (await widget).ready)).then(() => window.probe?.isReady());

// @ts-check
// Ways to bring decoded frames to a canvas, each behind the same two calls: `open(canvas)` gives a
// `draw(frames, weights)`. Frames are ImageBitmaps of one size; weights are 0..1 and add up to 1.

/** @typedef {(frames: ImageBitmap[], weights: number[]) => void | Promise<void>} Draw */

/** @param {CanvasRenderingContext2DSettings} settings */
const canvas2d = (settings) => (/** @type {HTMLCanvasElement} */ canvas) => {
  const context = canvas.getContext('2d', settings);
  if (!context) throw new Error('no 2d context');
  /** @type {Draw} */
  return (frames, weights) => {
    // Mixing one over the other with the share of what is there already is exact for opaque frames.
    let sum = 0;
    frames.forEach((frame, i) => {
      sum += weights[i];
      context.globalAlpha = weights[i] / sum;
      context.drawImage(frame, 0, 0);
    });
  };
};

/** Adds up weighted frames, right for transparent ones too. @param {HTMLCanvasElement} canvas @returns {Draw} */
function canvas2dLighter(canvas) {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d context');
  return (frames, weights) => {
    frames.forEach((frame, i) => {
      context.globalCompositeOperation = i === 0 ? 'copy' : 'lighter';
      context.globalAlpha = weights[i];
      context.drawImage(frame, 0, 0);
    });
  };
}

/** Hands a bitmap over; the cached one must survive, so a copy goes. @param {HTMLCanvasElement} canvas @returns {Draw} */
function bitmapRenderer(canvas) {
  const context = canvas.getContext('bitmaprenderer');
  if (!context) throw new Error('no bitmaprenderer context');
  return async (frames) => context.transferFromImageBitmap(await createImageBitmap(frames[0]));
}

const VERTEX = `#version 300 es
out vec2 at;
void main() {
  vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0;
  at = vec2(p.x, 1.0 - p.y);
  gl_Position = vec4(p * 2.0 - 1.0, 0, 1);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec2 at;
uniform sampler2D a, b, c, d;
uniform vec4 weights;
out vec4 colour;
void main() {
  colour = texture(a, at) * weights.x + texture(b, at) * weights.y
         + texture(c, at) * weights.z + texture(d, at) * weights.w;
}`;

/** @param {{ resident: boolean }} options Whether a frame keeps its texture or is uploaded for every draw. */
const webgl2 = ({ resident }) => (/** @type {HTMLCanvasElement} */ canvas) => {
  const found = canvas.getContext('webgl2', { antialias: false, depth: false });
  if (!found) throw new Error('no webgl2 context');
  const gl = found;
  const program = gl.createProgram();
  for (const [kind, text] of /** @type {const} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? 'link');
  gl.useProgram(program);
  for (const [unit, name] of ['a', 'b', 'c', 'd'].entries()) gl.uniform1i(gl.getUniformLocation(program, name), unit);
  const weightsAt = gl.getUniformLocation(program, 'weights');

  /** @type {Map<ImageBitmap, WebGLTexture>} */
  const textures = new Map();
  const slots = [0, 1, 2, 3].map(make);
  function make() {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, canvas.width, canvas.height);
    return texture;
  }
  /** @param {ImageBitmap} frame */
  const upload = (frame) => gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, frame);

  /** @type {Draw} */
  return (frames, weights) => {
    frames.forEach((frame, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const known = textures.get(frame);
      if (resident && known) {
        gl.bindTexture(gl.TEXTURE_2D, known);
        return;
      }
      const texture = resident ? make() : slots[unit];
      gl.bindTexture(gl.TEXTURE_2D, texture);
      upload(frame);
      if (resident) textures.set(frame, texture);
    });
    gl.uniform4f(weightsAt, weights[0] ?? 0, weights[1] ?? 0, weights[2] ?? 0, weights[3] ?? 0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 3);
  };
};

/** @type {Record<string, { open: (canvas: HTMLCanvasElement) => Draw, frames: number }>} */
export const WAYS = {
  'Canvas2D': { open: canvas2d({}), frames: 1 },
  'Canvas2D, opaque': { open: canvas2d({ alpha: false }), frames: 1 },
  'Canvas2D, willReadFrequently': { open: canvas2d({ willReadFrequently: true }), frames: 1 },
  'Canvas2D, desynchronized': { open: canvas2d({ desynchronized: true }), frames: 1 },
  'bitmaprenderer': { open: bitmapRenderer, frames: 1 },
  'WebGL2, upload each draw': { open: webgl2({ resident: false }), frames: 1 },
  'WebGL2, textures kept': { open: webgl2({ resident: true }), frames: 1 },
  'Canvas2D, 4 mixed': { open: canvas2d({}), frames: 4 },
  'Canvas2D, 4 added (lighter)': { open: canvas2dLighter, frames: 4 },
  'Canvas2D, opaque, 4 mixed': { open: canvas2d({ alpha: false }), frames: 4 },
  'Canvas2D, willReadFrequently, 4 mixed': { open: canvas2d({ willReadFrequently: true }), frames: 4 },
  'Canvas2D, desynchronized, 4 mixed': { open: canvas2d({ desynchronized: true }), frames: 4 },
  'WebGL2, 4 mixed, upload each draw': { open: webgl2({ resident: false }), frames: 4 },
  'WebGL2, 4 mixed, textures kept': { open: webgl2({ resident: true }), frames: 4 },
};

const SIZE = { width: 410, height: 512 };
/** @type {ImageBitmap[]} */
let pictures = [];
/** @type {Draw[]} */
let draws = [];

/** Fetches and decodes `count` frames. @param {number} count */
async function load(count) {
  pictures = await Promise.all(
    Array.from({ length: count }, async (_, i) => createImageBitmap(await (await fetch(`/pictures/${i}.webp`)).blob())),
  );
}

/** Adds `count` canvases that draw in the way called `name`. @param {string} name @param {number} count */
function open(name, count) {
  draws = Array.from({ length: count }, () => {
    const canvas = Object.assign(document.createElement('canvas'), SIZE);
    document.body.append(canvas);
    return WAYS[name].open(canvas);
  });
}

/**
 * Draws in every animation frame for `ms`, another frame each time.
 * @param {string} name @param {number} ms
 * @returns {Promise<{ ticks: number, drawMs: number }>} `drawMs` is time inside the draw calls.
 */
function play(name, ms) {
  const { frames } = WAYS[name];
  const weights = frames === 1 ? [1] : [0.3, 0.3, 0.2, 0.2];
  let ticks = 0;
  let drawMs = 0;
  const end = performance.now() + ms;
  return new Promise((resolve) => {
    const tick = () => {
      const now = performance.now();
      if (now >= end) return resolve({ ticks, drawMs });
      const shown = weights.map((_, i) => pictures[(ticks + i * 7) % pictures.length]);
      for (const draw of draws) draw(shown, weights);
      drawMs += performance.now() - now;
      ticks += 1;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}

/** How many of the canvases still hold a picture: a lost WebGL context holds none. */
function alive() {
  return [...document.querySelectorAll('canvas')].filter((canvas) => {
    const gl = canvas.getContext('webgl2');
    return gl === null || !gl.isContextLost();
  }).length;
}

Object.assign(window, { bench: { names: Object.keys(WAYS), load, open, play, alive } });

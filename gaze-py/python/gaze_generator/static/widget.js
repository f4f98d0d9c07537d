// The half of a notebook's widget that runs in the page. It asks for no address and starts no worker: the page may be an output
// in VS Code or Colab, which has neither an origin nor files beside it.

/** Digits of `_widget.py`'s text: 5 for 4 bytes, the most significant first. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%,()*+-;.=:?@^_/{|}~';
/** Traits that may change while the face is shown. */
const OPTIONS = ['label', 'idle', 'blink', 'caption', 'smoothing', 'controls', 'css', 'width', 'height'];
/** The kernel is given up after this long without an answer, in milliseconds. */
const PATIENCE_MS = 20000;
/** Names of elements that are on their way, by build, for all copies of this module in a page. */
const coming = (globalThis[Symbol.for('gaze-generator.players')] ??= new Map());

/** Shows the face of `model` in `el`; returns what takes it away again. */
function render({ model, el }) {
  const gone = new AbortController();
  const place = document.createElement('div');
  // A notebook's own shortcuts would take the arrow keys.
  place.dataset.lmSuppressShortcuts = 'true';
  el.append(place);
  const picture = model.get('_picture');
  if (picture) place.append(imageOf(model, picture));
  show(model, place, gone.signal).catch((cause) => {
    if (!gone.signal.aborted) showFailure(model, place, cause);
  });
  return () => {
    gone.abort();
    place.remove();
  };
}

async function show(model, place, signal) {
  const name = await elementName(model, signal);
  const rig = model.get('_rig');
  const file = rig ? bytesOf(rig) : await fromKernel(model, 'face', signal);
  if (signal.aborted) return;
  const face = document.createElement(name);
  const settle = () => setOptions(face, model);
  settle();
  for (const option of OPTIONS) {
    model.on(`change:${option}`, settle);
    signal.addEventListener('abort', () => model.off(`change:${option}`, settle));
  }
  face.addEventListener('error', ({ error }) => {
    if (error?.fatal && !signal.aborted) showFailure(model, place, error);
  });
  face.src = new Blob([file]);
  // What stands there is shown until the face is ready.
  face.append(...place.children);
  place.append(face);
}

/** The name of the element that plays this face: one a page for each build of the player, whatever else is defined. */
async function elementName(model, signal) {
  const name = `gaze-tracker-${model.get('_build')}`;
  if (customElements.get(name)) return name;
  let defined = coming.get(name);
  if (!defined) {
    defined = define(name, model, signal).finally(() => coming.delete(name));
    coming.set(name, defined);
  }
  // The widget that had asked for it may have gone meanwhile.
  await defined.catch((cause) => {
    if (signal.aborted || !(cause instanceof Gone)) throw cause;
  });
  return customElements.get(name) ? name : elementName(model, signal);
}

async function define(name, model, signal) {
  const player = model.get('_player');
  const file = player ? bytesOf(player) : await fromKernel(model, 'player', signal);
  if (typeof DecompressionStream !== 'function') throw new Error('this browser is too old: it has no DecompressionStream');
  const source = await new Response(new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  const { GazeTracker } = await moduleOf(source);
  if (!customElements.get(name)) customElements.define(name, class extends GazeTracker {});
}

async function moduleOf(source) {
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return await import(address);
  } catch {
    // Pages whose policy allows data but no blobs.
    return await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
  } finally {
    URL.revokeObjectURL(address);
  }
}

class Gone extends Error {}

/** A file that is too large to be saved with the notebook, as a blob. */
async function fromKernel(model, file, signal) {
  const parts = [];
  for (let count = 1; parts.length < count; ) {
    const { content, buffers } = await answer(model, { file, part: parts.length }, signal);
    count = content.parts;
    parts.push(buffers[0]);
  }
  return new Blob(parts);
}

function answer(model, question, signal) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      model.off('msg:custom', listen);
      signal.removeEventListener('abort', leave);
      settle(value);
    };
    const listen = (content, buffers) => {
      if (content.file === question.file && content.part === question.part) end(resolve, { content, buffers });
    };
    const leave = () => end(reject, new Gone('the widget has gone'));
    const timer = setTimeout(() => end(reject, new Error('run the cell again to see it move')), PATIENCE_MS);
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave);
    model.on('msg:custom', listen);
    try {
      model.send(question);
    } catch {
      end(reject, new Error('run the cell again to see it move'));
    }
  });
}

function setOptions(face, model) {
  face.label = model.get('label');
  face.idle = model.get('idle');
  face.blink = model.get('blink');
  face.caption = model.get('caption') || undefined;
  face.smoothing = model.get('smoothing');
  face.hideControls = !model.get('controls');
  face.style.cssText = `--gaze-touch-action: pan-y; ${model.get('css')}`;
  if (model.get('width')) face.style.width = model.get('width');
  if (model.get('height')) face.style.height = model.get('height');
}

function imageOf(model, address) {
  const image = document.createElement('img');
  image.alt = model.get('label');
  image.src = address;
  image.style.cssText = 'display: block; max-width: 100%';
  return image;
}

/** Why there is no live face, and the picture where there is one. */
function showFailure(model, place, cause) {
  const text = document.createElement('p');
  text.setAttribute('role', 'status');
  text.textContent = `${model.get('label')}: ${cause?.message ?? cause}`;
  const picture = model.get('_picture');
  place.replaceChildren(...(picture ? [imageOf(model, picture)] : []), text);
}

function bytesOf(text) {
  const values = new Uint8Array(128);
  for (let i = 0; i < DIGITS.length; i++) values[DIGITS.charCodeAt(i)] = i;
  const padding = (5 - (text.length % 5)) % 5;
  const padded = text + '~'.repeat(padding);
  const bytes = new DataView(new ArrayBuffer((padded.length / 5) * 4));
  for (let from = 0, to = 0; from < padded.length; to += 4) {
    let value = 0;
    for (const end = from + 5; from < end; from++) value = value * 85 + values[padded.charCodeAt(from)];
    bytes.setUint32(to, value);
  }
  return new Uint8Array(bytes.buffer, 0, bytes.byteLength - padding);
}

export default { render };

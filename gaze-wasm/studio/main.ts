// Hands: what the visitor clicks, presses and brings.
import wasmName from '../dist/gaze_generate_simd_bg.wasm';
import { setGenerateSource } from '../web/generate/index.js';
import { sayOn } from '../portrait-page/captions.js';
import { find } from '../portrait-page/find.js';
import { choose, listen } from '../portrait-page/intake.js';
import { warmUp } from '../portrait-page/making.js';
import { copyText } from '../portrait-page/snippet.js';
import { addressOf } from './config.js';
import type { View } from './route.js';
import { Studio } from './studio.js';
import { linkField, Verbs } from './verbs.js';

setGenerateSource({ wasm: addressOf(`assets/${wasmName.replace(/^.*\//, '')}`), models: addressOf('assets/models/') });

const studio = new Studio();
const verbs = new Verbs(studio);

/** What buttons do, by their data-do. */
const ACTIONS: Record<string, (button: HTMLElement) => unknown> = {
  choose: () => pick('file'),
  tilt: async (button) => sayOn(button, (await studio.tracker?.enableGyro()) ? 'Tilt it now' : 'This one tells no tilt'),
  send: () => navigator.share({ url: linkField().value }).catch(() => undefined),
  camera: () => pick('camera'),
  home: () => studio.go('empty'),
  full: () => {
    studio.go('full');
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
  },
  back: () => studio.close(),
  share: () => studio.go('share'),
  embed: () => studio.go('embed'),
  download: () => studio.go('download'),
  delete: () => studio.go('delete'),
  seen: () => studio.go('seen'),
  'make-link': (button) => verbs.makeLink(button),
  'delete-it': (button) => verbs.deleteIt(button),
  'delete-print': (button) => studio.askToDelete(button.dataset.key ?? ''),
  ground: () => verbs.turnGround(),
  idle: () => verbs.turnIdle(),
  first: () => verbs.turnFirst(),
  pick: () => verbs.pick(),
  closer: () => verbs.closer(),
  finer: () => studio.portrait && studio.finer.ask(studio.portrait),
  leave: () => studio.portrait && studio.finer.leave(studio.portrait),
  'try-now': () => studio.finer.tryNow(),
  'look-again': () => studio.lookAgain(),
  again: () => studio.arrival.again(),
  'take-face': () => studio.arrival.takeFace(),
  'take-crop': () => studio.arrival.takeCrop(),
  'keep-whole': () => studio.arrival.keepWhole(),
  point: () => studio.arrival.askWhere(),
  'mark-eyes': () => studio.arrival.askForEyes(),
  copy: async (button) => sayCopied(button, await copyText(find('.label .code').textContent ?? '', find('.label .code'))),
  'copy-link': async (button) => sayCopied(button, await copyText(linkField().value, linkField())),
};

listen({
  onFiles: (files) => studio.take(files),
  onNoFile: () => studio.refuseNothing(),
  onDragging: (isOver) => {
    if (isOver) warmUp();
    studio.setDraggedOver(isOver);
  },
  onDragged: (x, y) => studio.lookTowards(x, y),
});

document.addEventListener('click', (event) => {
  const { target } = event;
  if (!(target instanceof Element)) return;
  const link = target.closest<HTMLAnchorElement>('a');
  if (link) {
    // Elsewhere: a new tab, for instance.
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (follow(link)) event.preventDefault();
    return;
  }
  const button = target.closest<HTMLElement>('[data-do]');
  if (button && button.ariaDisabled !== 'true') ACTIONS[button.dataset.do ?? '']?.(button);
});

document.addEventListener('change', ({ target }) => {
  if (target instanceof HTMLInputElement && target.name === 'shape') studio.writeSnippet();
});

addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.fullscreenElement) studio.close();
});

document.addEventListener('fullscreenchange', () => {
  if (!document.fullscreenElement && studio.route.view === 'full') studio.close();
});

studio.start();
// The first paint goes first; what only looks at a portrait needs none of it.
if (!studio.route.name) setTimeout(warmUp, 1500);

/** Goes where a link of the page leads, or saves its file. Returns whether the browser has to do no more. */
function follow(link: HTMLAnchorElement): boolean {
  const { go, key, kind } = link.dataset;
  if (kind) return studio.takeAway.take(kind as 'page' | 'zip' | 'rig', link);
  if (go === 'home') studio.go('empty');
  else if (go) studio.go(go as View, key);
  return !!go;
}

function pick(from: 'file' | 'camera'): void {
  warmUp();
  choose(from);
}

function sayCopied(button: HTMLElement, isCopied: boolean): void {
  sayOn(button, isCopied ? 'Copied' : 'Press Ctrl C');
}

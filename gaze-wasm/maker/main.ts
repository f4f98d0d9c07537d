// Hands: what the visitor clicks, presses and brings.
import { sayOn } from '../portrait-page/captions.js';
import { find } from '../portrait-page/find.js';
import { choose, listen, picturesIn } from '../portrait-page/intake.js';
import { warmUp, type Wishes } from '../portrait-page/making.js';
import { save } from '../portrait-page/saving.js';
import { copyText } from '../portrait-page/snippet.js';
import { playerFile } from './carried.js';
import { Maker } from './maker.js';

const maker = new Maker();

/** What buttons do, by their data-do. */
const ACTIONS: Record<string, (button: HTMLElement) => unknown> = {
  choose: () => pick('file'),
  camera: () => pick('camera'),
  restart: () => maker.restart(),
  again: () => maker.again(),
  pick: () => maker.askWhose(true),
  'take-face': () => maker.takeFace(),
  'mark-eyes': () => maker.askForEyes(),
  closer: () => maker.wish({ crop: 'bust' }),
  embed: () => maker.openEmbed(),
  back: () => maker.close(),
  fullscreen: () => maker.tracker?.requestFullscreen().catch(() => undefined),
  tilt: async (button) => sayOn(button, (await maker.tracker?.enableGyro()) ? 'tilt the phone' : 'this one tells no tilt'),
  save: (button) => saveAs(button, maker.work?.made?.face.blob, 'portrait.gaze'),
  'save-page': (button) => saveAs(button, maker.work?.made?.page, 'portrait.html'),
  'save-player': (button) => saveAs(button, playerFile(), 'gaze-tracker.js'),
  copy: async (button) => sayOn(button, (await copyText(find('.code').textContent, find('.code'))) ? 'Copied' : 'Press Ctrl C'),
};

if (maker.start()) {
  listen({
    onFiles: (files) => maker.take(picturesIn(files)[0]!),
    onNoFile: () => maker.refuseNothing(),
    onDragging: (isOver) => {
      if (isOver) warmUp();
      maker.setDraggedOver(isOver);
    },
    onDragged: (x, y) => maker.look(x, y),
  });
}

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLElement>('[data-do]') : undefined;
  if (button) ACTIONS[button.dataset.do ?? '']?.(button);
});

document.addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.type !== 'radio') return;
  if (target.name === 'shape') maker.writeSnippet();
  else if (target.name !== 'face') maker.wish({ [target.name]: target.value } as Partial<Wishes>);
});

addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && !document.fullscreenElement) maker.close();
});

function pick(from: 'file' | 'camera'): void {
  warmUp();
  choose(from);
}

function saveAs(button: HTMLElement, file: Blob | undefined, name: string): void {
  if (!file) return;
  save(file, name);
  sayOn(button, 'Saved');
}

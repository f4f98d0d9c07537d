// Hands: what the visitor clicks, presses and brings.
import { sayOn } from './captions.js';
import { find } from './find.js';
import { choose, listen } from './intake.js';
import { warmUp, type Wishes } from './making.js';
import { Maker } from './maker.js';
import { playerFile, save } from './saving.js';

const maker = new Maker();

/** What buttons do, by their data-do. */
const ACTIONS: Record<string, (button: HTMLElement) => unknown> = {
  choose: () => pick('file'),
  camera: () => pick('camera'),
  restart: () => maker.restart(),
  again: () => maker.again(),
  pick: () => maker.askWhose(true),
  'take-face': () => maker.takeFace(),
  closer: () => maker.wish({ crop: 'bust' }),
  embed: () => maker.openEmbed(),
  back: () => maker.close(),
  fullscreen: () => maker.tracker?.requestFullscreen().catch(() => undefined),
  tilt: async (button) => sayOn(button, (await maker.tracker?.enableGyro()) ? 'tilt the phone' : 'this one tells no tilt'),
  save: (button) => saveAs(button, maker.work?.made?.face.blob, 'portrait.gaze'),
  'save-page': (button) => saveAs(button, maker.work?.made?.page, 'portrait.html'),
  'save-player': (button) => saveAs(button, playerFile(), 'gaze-tracker.js'),
  copy: async (button) => sayOn(button, (await copyCode()) ? 'Copied' : 'Press Ctrl C'),
};

if (maker.start()) {
  listen({
    onPhoto: (photo) => maker.take(photo),
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

/** Copies the code; where the browser does not let the page, it is selected for the visitor to copy. */
async function copyCode(): Promise<boolean> {
  const code = find('.code');
  getSelection()?.selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

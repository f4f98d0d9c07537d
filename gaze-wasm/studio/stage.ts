// What hangs on the wall: the demo, a portrait, its finer version; and where it looks.
import demoName from '../portrait-page/demo.gaze';
import { Attention } from '../portrait-page/attention.js';
import { drawFrame } from '../portrait-page/captions.js';
import { find } from '../portrait-page/find.js';
import { Hanging, stillOf } from '../portrait-page/hanging.js';
import { paintWall } from '../portrait-page/wall.js';
import type { GazeTracker } from '../web/define.js';
import { addressOf, isPlayerThere } from './config.js';
import type { Portrait } from './portrait.js';
import { pictureIn } from './rig-picture.js';

/** How long the demo looks at where to begin, and a face at news, in milliseconds. */
const INVITE_MS = 1800;
const NEWS_MS = 1400;

export class Stage {
  readonly hanging = new Hanging();
  readonly #attention = new Attention(() => this.hanging.tracker);
  #demo: Promise<Blob> | undefined;
  /** What hangs: the demo, or the portrait of this key as it is shown. */
  #hung = '';
  /** Its picture is on the way. */
  #preparing: Promise<void> | undefined;

  get tracker(): GazeTracker | undefined {
    return this.hanging.tracker;
  }

  /** Something else hangs: a photo that came in. */
  forget(): void {
    this.#hung = '';
  }

  clear(): void {
    this.#hung = '';
    this.hanging.clear();
  }

  async hangDemo(isInviting: boolean): Promise<void> {
    if (this.#hung === 'demo' || !isPlayerThere()) return;
    this.#hung = 'demo';
    drawFrame(undefined);
    this.hanging.clear();
    try {
      const rig = await (this.#demo ??= fetch(addressOf(`assets/${demoName.replace(/^.*\//, '')}`)).then((response) => response.blob()));
      const label = 'A smiling woman with short hair in an orange space suit';
      await this.#hangStill(await pictureIn(rig), label, false, 'demo');
      if (this.#hung !== 'demo') return;
      const isHung = await this.hanging.showFace({ src: rig, width: 4, height: 5, isCut: false, isIdle: true, label });
      const begin = document.querySelector('.label .main');
      if (isHung && isInviting && begin) this.#attention.attend(begin, INVITE_MS);
    } catch {
      // A page without its demo works all the same; it is tried again when it is to hang again.
      this.#demo = undefined;
    }
  }

  /** Hangs a portrait as it is to be shown. Resolves with whether it is alive, or false where something else was hung
   * meanwhile; rejects where it cannot be shown. `isOver`: over the photo that hangs, or the face before. */
  async hang(portrait: Portrait, isOver = false): Promise<boolean> {
    if (!isPlayerThere()) throw new Error('the player is missing');
    const { entry, src } = portrait;
    const key = `${entry.key} ${portrait.isFinerShown ? 'finer' : 'first'} ${typeof src === 'string' ? src : src.size} ${entry.isCut}`;
    if (this.#hung === key) {
      if (this.tracker) this.tracker.idle = entry.isIdle;
      return this.tracker?.ready ?? false;
    }
    const isSame = this.#hung.startsWith(`${entry.key} `);
    this.#hung = key;
    const label = portrait.isOwn ? 'Your portrait' : 'A portrait';
    if (isOver) this.#preparing = undefined;
    else if (!isSame) {
      this.hanging.clear(true);
      this.#preparing = this.#pictureOf(portrait).then((picture) => this.#hangStill(picture, label, entry.isCut, `${entry.key} `));
    }
    await this.#preparing;
    if (this.#hung !== key) return false;
    try {
      const { width, height, isCut, isIdle } = entry;
      return await this.hanging.showFace({ src, width, height, isCut, isIdle, label });
    } catch (thrown) {
      if (this.#hung === key) this.#hung = '';
      throw thrown;
    }
  }

  async #pictureOf({ rig, entry }: Portrait): Promise<Blob | undefined> {
    if (rig) return pictureIn(rig);
    const url = addressOf(`uploads/${entry.session}/input.jpg`);
    return fetch(url).then((response) => (response.ok ? response.blob() : undefined)).catch(() => undefined);
  }

  /** Paints the wall, and shows the picture until its face is there; `hung` is how what hangs must begin by then. */
  async #hangStill(picture: Blob | undefined, label: string, isCut: boolean, hung: string): Promise<void> {
    const still = picture && (await stillOf(picture));
    if (!still || !this.#hung.startsWith(hung)) return;
    // Behind a face without a background nothing else may be seen.
    if (isCut) paintWall(still.element);
    else this.hanging.showStill(still, label);
  }

  // ---- where it looks

  lookAtNews(): void {
    const title = find('.label').querySelector('h1');
    if (title) this.#attention.attend(title, NEWS_MS);
  }

  lookTowards(x: number, y: number): void {
    this.#attention.lookTowards(x, y);
  }

  /** It looks at the visitor, whatever the pointer does. */
  fix(isFixed: boolean): void {
    this.#attention.fix(isFixed);
  }
}

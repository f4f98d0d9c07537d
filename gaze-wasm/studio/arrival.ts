// A photo comes in and becomes a face: which face, how close, and what goes wrong.
import { drawFrame, fill, part, tell } from '../portrait-page/captions.js';
import { layMarks } from '../portrait-page/eye-marks.js';
import { chosenIn, countSentence, isUnclear, layOver } from '../portrait-page/faces.js';
import type { Hanging } from '../portrait-page/hanging.js';
import { failureOf, make, shareDone, type Wishes } from '../portrait-page/making.js';
import { sentence, STEPS } from '../portrait-page/words.js';
import { whyNot } from './config.js';
import { CropBox } from './crop-box.js';
import { StudioWork } from './studio-work.js';

/** Less than this is not worth words, in milliseconds. */
const WORTH_WORDS_MS = 300;
/** The largest file that is read. */
const MOST_BYTES = 128 << 20;

export type ArrivalState = 'working' | 'faces' | 'eyes' | 'crop' | 'point' | 'no-face' | 'unreadable' | 'failed' | 'unable';

export interface ArrivalHooks {
  /** Something is to be said, and maybe chosen. */
  onState(state: ArrivalState, isAsked: boolean): void;
  /** The face is made, and has to be hung; `begun` is when it was wished for. */
  onMade(work: StudioWork, begun: number, signal: AbortSignal): Promise<void>;
  /** The portrait on the wall could not be made anew, and stays. */
  onKept(why: string): void;
}

export class Arrival {
  readonly #hanging: Hanging;
  readonly #hooks: ArrivalHooks;
  #making = new AbortController();
  #work: StudioWork | undefined;
  #crop: CropBox | undefined;
  /** What went wrong. */
  why = '';
  title = '';

  constructor(hanging: Hanging, hooks: ArrivalHooks) {
    this.#hanging = hanging;
    this.#hooks = hooks;
  }

  get work(): StudioWork | undefined {
    return this.#work;
  }

  /** Nothing comes in any more. */
  cancel(): void {
    this.#making.abort();
    this.#work = undefined;
    this.#crop = undefined;
    drawFrame(undefined);
  }

  take(photo: Blob): void {
    this.#making.abort();
    this.#work = undefined;
    const unable = whyNot();
    if (unable) this.#refuse('unable', unable);
    else if (photo.size > MOST_BYTES) this.#refuse('unreadable', 'Save it smaller, or choose another: 128 MB at most.', 'This file is too large.');
    else {
      this.#work = new StudioWork(photo);
      void this.#make(this.#work, true);
    }
  }

  /** Something came that holds no photo. */
  refuseNothing(): void {
    this.#refuse('unreadable', 'There is no file in it. Save the picture first, then drop it here.');
  }

  /** Tries once more. */
  again(): void {
    if (this.#work) void this.#make(this.#work, true);
  }

  /** Makes a face anew by other wishes; the one that hangs stays until then. */
  remake(work: StudioWork, wishes: Partial<Wishes>): void {
    this.#work = work;
    work.wishes = { ...work.wishes, ...wishes };
    void this.#make(work, false);
  }

  async #make(work: StudioWork, isNew: boolean): Promise<void> {
    this.#making.abort();
    const { signal } = (this.#making = new AbortController());
    const begun = performance.now();
    const { wishes } = work;
    const stillHung = isNew ? this.#hangStill(work, signal) : undefined;
    const isLong = () => performance.now() - begun >= WORTH_WORDS_MS;
    const wording = setTimeout(() => {
      if (isNew) this.#hooks.onState('working', false);
      drawFrame(0);
    }, WORTH_WORDS_MS);
    try {
      const face = await make(await work.source(), wishes, signal, (progress) => {
        if (!isLong()) return;
        drawFrame(shareDone(progress));
        fill({ step: STEPS[progress.stage] });
      });
      await stillHung;
      signal.throwIfAborted();
      work.made = { face, wishes, seconds: (performance.now() - begun) / 1000 };
      drawFrame(undefined);
      if (isNew && !work.part && wishes.face === 'largest' && isUnclear(face.faces)) await this.askWhose(work, false);
      else if (isNew && isTooSmall(work)) await this.askHowClose(work, false);
      else await this.#hooks.onMade(work, begun, signal);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(work, thrown, isNew);
    } finally {
      clearTimeout(wording);
      if (!signal.aborted) drawFrame(undefined);
    }
  }

  async #hangStill(work: StudioWork, signal: AbortSignal): Promise<void> {
    const still = await work.shown();
    if (still && !signal.aborted) this.#hanging.showStill(still, 'Your photo');
  }

  #fail(work: StudioWork, thrown: unknown, isNew: boolean): void {
    const { kind, message } = failureOf(thrown);
    if (!isNew && work.made) {
      work.wishes = work.made.wishes;
      this.#hooks.onKept(sentence(message));
    } else if (kind === 'no-face') this.#refuse('no-face', '');
    else if (kind === 'invalid-input') this.#refuse('unreadable', sentence(message));
    else this.#refuse('failed', sentence(message));
  }

  #refuse(state: ArrivalState, why: string, title = 'This file does not open.'): void {
    this.why = why;
    this.title = title;
    drawFrame(undefined);
    this.#hooks.onState(state, false);
  }

  /** Fills in what the caption that is up has room for. */
  fillCaption(): void {
    const always = part('always');
    if (always) {
      fill({ title: this.title });
      always.hidden = /JPEG|128 MB/.test(this.why);
    }
    fill({ why: this.why, ...(this.#work?.made && { count: countSentence(this.#work.made.face.faces) }) });
  }

  // ---- several faces

  /** Shows the photo, for the visitor to choose a face. */
  async askWhose(work: StudioWork, isAsked: boolean): Promise<void> {
    const still = await work.still;
    if (!work.made || !still) return;
    this.#work = work;
    const { faces, face } = work.made.face;
    this.#hanging.showStill(still, 'Your photo');
    layOver(this.#hanging.over, faces, still, face, () => this.takeFace());
    this.#hooks.onState('faces', isAsked);
  }

  /** Takes the face that is chosen. */
  takeFace(): void {
    const work = this.#work;
    if (!work?.made) return;
    const face = chosenIn(this.#hanging.over);
    this.#hanging.over.replaceChildren();
    if (face === work.made.face.face) this.#goOn(work);
    else {
      work.made = undefined;
      work.wishes = { ...work.wishes, face };
      void this.#make(work, true);
    }
  }

  /** The face that was made is the right one. */
  #goOn(work: StudioWork): void {
    if (isTooSmall(work)) void this.askHowClose(work, true);
    else this.#hang(work);
  }

  #hang(work: StudioWork): void {
    this.#making.abort();
    const { signal } = (this.#making = new AbortController());
    this.#hooks.onMade(work, performance.now() - (work.made?.seconds ?? 0) * 1000, signal).catch((thrown: unknown) => {
      if (!signal.aborted) this.#fail(work, thrown, true);
    });
  }

  // ---- closer up

  /** Shows the photo with a box over it: what is kept. */
  async askHowClose(work: StudioWork, isAsked: boolean): Promise<void> {
    const still = await work.still;
    const face = work.made?.face;
    if (!still) return;
    this.#work = work;
    this.#hanging.showStill(still, 'Your photo');
    this.#hooks.onState('crop', isAsked);
    this.#crop = new CropBox(this.#hanging.over, rangesOfCaption(), still, face?.faces[face.face]);
  }

  /** No face was found: the visitor says where it is. */
  async askWhere(): Promise<void> {
    const work = this.#work;
    const still = await work?.still;
    if (!work || !still || work !== this.#work) return;
    this.#hooks.onState('point', true);
    this.#crop = new CropBox(this.#hanging.over, rangesOfCaption(), still, undefined);
  }

  /** No face was found: the visitor clicks on both eyes of any. */
  async askForEyes(): Promise<void> {
    const work = this.#work;
    const still = await work?.shown();
    if (!work || !still || work !== this.#work) return;
    this.#hanging.showStill(still, 'Your photo');
    this.#hooks.onState('eyes', true);
    layMarks(this.#hanging.over, still, ([first, second]) => {
      if (work !== this.#work || !first) return;
      if (!second) {
        fill({ which: 'Now the other one.' });
        tell('Now the other one.');
        return;
      }
      work.made = undefined;
      work.wishes = { ...work.wishes, face: { eyes: [first, second] } };
      this.#hanging.over.replaceChildren();
      void this.#make(work, true);
    });
  }

  /** Keeps what is in the box. */
  takeCrop(): void {
    const work = this.#work;
    if (!work || !this.#crop) return;
    const face = work.made?.face;
    work.keep(this.#crop.part, face?.faces[face.face]);
    work.made = undefined;
    this.#crop = undefined;
    this.#hanging.over.replaceChildren();
    void this.#make(work, true);
  }

  /** Keeps all of the photo. */
  keepWhole(): void {
    const work = this.#work;
    if (!work?.made) return;
    work.isWholeWished = true;
    this.#crop = undefined;
    this.#hang(work);
  }
}

/** The face is small, and nobody has said yet that it may be. */
function isTooSmall(work: StudioWork): boolean {
  return !work.part && !work.isWholeWished && !!work.made?.face.warnings.some(({ kind }) => kind === 'distant-face');
}

function rangesOfCaption(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('.label input[type=range]')];
}

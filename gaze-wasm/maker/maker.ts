// The page: a photo comes in, a face looks round, a file goes out.
import { Attention } from '../portrait-page/attention.js';
import { drawFrame, fill, part, showCaption, tell } from '../portrait-page/captions.js';
import { layMarks } from '../portrait-page/eye-marks.js';
import { chosenIn, isUnclear, layOver } from '../portrait-page/faces.js';
import { find } from '../portrait-page/find.js';
import { Hanging } from '../portrait-page/hanging.js';
import { failureOf, make, shareDone, warmUp, type Wishes } from '../portrait-page/making.js';
import { pageOf } from '../portrait-page/saving.js';
import { writeSnippet } from '../portrait-page/snippet.js';
import { sentence, STEPS } from '../portrait-page/words.js';
import { Work as PhotoWork } from '../portrait-page/work.js';
import { carriedFile, playerScript } from './carried.js';
import { fillCaption, type MadePage } from './contents.js';
import { unpack } from './unpacking.js';

class Work extends PhotoWork<MadePage> {}
type State = 'empty' | 'dragging' | 'working' | 'faces' | 'eyes' | 'alive' | 'embed' | 'no-face' | 'unreadable' | 'failed' | 'unable';

/** Less than this is not worth words, in milliseconds. */
const WORTH_WORDS_MS = 300;
/** How long the face looks at news, in milliseconds. */
const NEWS_MS = 1400;
/** How long the demo looks at where to begin, in milliseconds. */
const INVITE_MS = 1800;

/** Where the corner's words are there. */
const CORNERS: Record<string, readonly State[]> = { fullscreen: ['empty', 'alive', 'embed'], restart: ['faces', 'eyes', 'alive', 'embed', 'no-face'] };

export class Maker {
  readonly #hanging = new Hanging();
  readonly #attention = new Attention(() => this.#hanging.tracker);
  readonly #demo: Blob | undefined;
  /** What the caption says when nothing hangs over the page. */
  #state: State = 'empty';
  #isDraggedOver = false;
  /** What went wrong. */
  #why = '';
  #work: Work | undefined;
  #making = new AbortController();

  constructor() {
    const demo = carriedFile('demo.gaze');
    this.#demo = demo && new Blob([demo]);
  }

  /** The photo that was last given, and what came of it. */
  get work(): Work | undefined {
    return this.#work;
  }

  /** Puts up the page. Tells whether portraits can be made here. */
  start(): boolean {
    const why = unpack();
    if (why) this.#refuse('unable', why);
    else this.#show('empty');
    void this.#hangDemo();
    // The first paint goes first.
    if (!why) setTimeout(warmUp, 200);
    return !why;
  }

  /** Back to where the page began. */
  restart(): void {
    this.#making.abort();
    this.#work = undefined;
    drawFrame(undefined);
    this.#hanging.clear();
    this.#show('empty', true);
    void this.#hangDemo();
  }

  // ---- a photo becomes a face

  take(photo: Blob): void {
    this.#work = new Work(photo);
    void this.#make(this.#work, true);
  }

  /** Something came that holds no photo. */
  refuseNothing(): void {
    this.#refuse('unreadable', 'There is no file in it. This page fetches nothing from the network: save the picture first, then drop it here.');
  }

  /** Tries once more. */
  again(): void {
    if (this.#work) void this.#make(this.#work, true);
  }

  /** Makes the face anew by other wishes; the one that hangs stays until then. */
  wish(wishes: Partial<Wishes>): void {
    if (!this.#work) return;
    this.#work.wishes = { ...this.#work.wishes, ...wishes };
    void this.#make(this.#work, false);
  }

  async #make(work: Work, isNew: boolean): Promise<void> {
    this.#making.abort();
    const { signal } = (this.#making = new AbortController());
    const begun = performance.now();
    const { wishes } = work;
    const stillHung = isNew ? this.#hangStill(work, signal) : undefined;
    const isLong = () => performance.now() - begun >= WORTH_WORDS_MS;
    const wording = setTimeout(() => {
      if (isNew) this.#show('working');
      drawFrame(0);
    }, WORTH_WORDS_MS);
    try {
      const face = await make(work.photo, wishes, signal, (progress) => {
        if (!isLong()) return;
        drawFrame(shareDone(progress));
        fill({ step: STEPS[progress.stage] });
      });
      const made = { face, wishes, page: await pageOf(face.blob, face, playerScript()) };
      await stillHung;
      signal.throwIfAborted();
      if (wishes.face === 'largest' && isNew && isUnclear(face.faces)) {
        work.made = { ...made, seconds: (performance.now() - begun) / 1000 };
        await this.askWhose(false);
      } else await this.#hang(work, made, begun, signal);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(work, thrown);
    } finally {
      clearTimeout(wording);
      if (!signal.aborted) drawFrame(undefined);
    }
  }

  async #hang(work: Work, made: Omit<MadePage, 'seconds'>, begun: number, signal: AbortSignal): Promise<void> {
    const { blob, width, height } = made.face;
    const isHung = await this.#hanging
      .showFace({ src: blob, width, height, isCut: made.wishes.background === 'removed', label: 'Your portrait' })
      .catch((thrown: unknown) => {
        // Whatever hung before is gone.
        work.made = undefined;
        throw thrown;
      });
    if (!isHung || signal.aborted) return;
    const seconds = (performance.now() - begun) / 1000;
    work.made = { ...made, seconds };
    if (this.#state !== 'alive' && this.#state !== 'embed') {
      this.#show('alive');
      this.#attention.attend(find('.label h1'), NEWS_MS);
      return;
    }
    fillCaption(work);
    if (this.#state === 'embed') this.writeSnippet();
    tell(`Made anew in ${seconds.toFixed(1)} seconds.`);
  }

  async #hangStill(work: Work, signal: AbortSignal): Promise<void> {
    const still = await work.still;
    if (still && !signal.aborted) this.#hanging.showStill(still, 'Your photo');
  }

  async #hangDemo(): Promise<void> {
    if (!this.#demo) return;
    const [width, height] = [4, 5];
    const label = 'A smiling woman with short hair in an orange space suit';
    const isHung = await this.#hanging.showFace({ src: this.#demo, width, height, isCut: false, label }).catch(() => false);
    const begin = document.querySelector('.label .main');
    if (isHung && begin) this.#attention.attend(begin, INVITE_MS);
  }

  #fail(work: Work, thrown: unknown): void {
    const { kind, message } = failureOf(thrown);
    if (work.made) {
      // The face that works stays.
      work.wishes = work.made.wishes;
      fillCaption(work);
      fill({ say: `That did not work out. ${sentence(message)} This one stays.` });
      tell(part('say')?.textContent ?? '');
    } else if (kind === 'no-face') this.#show('no-face');
    else if (kind === 'invalid-input') this.#refuse('unreadable', sentence(message));
    else this.#refuse(kind === 'engine' || kind === 'output' ? 'failed' : 'unable', sentence(message));
  }

  #refuse(state: State, why: string): void {
    this.#why = why;
    this.#show(state);
  }

  // ---- several faces

  /** Shows the photo, for the visitor to choose a face. */
  async askWhose(isAsked: boolean): Promise<void> {
    const work = this.#work;
    const still = await work?.still;
    if (!work?.made || !still || work !== this.#work) return;
    const { faces, face } = work.made.face;
    this.#hanging.showStill(still, 'Your photo');
    layOver(this.#hanging.over, faces, still, face, () => this.takeFace());
    this.#show('faces', isAsked);
  }

  /** Takes the face that is chosen. */
  takeFace(): void {
    const work = this.#work;
    if (!work?.made) return;
    const face = chosenIn(this.#hanging.over);
    if (face === work.made.face.face) {
      const { signal } = (this.#making = new AbortController());
      void this.#hang(work, work.made, performance.now() - work.made.seconds * 1000, signal).catch((thrown: unknown) => this.#fail(work, thrown));
      return;
    }
    work.made = undefined;
    work.wishes = { ...work.wishes, face };
    void this.#make(work, true);
  }

  // ---- a face that is not found

  /** Shows the photo, for the visitor to click on both eyes of any face. */
  async askForEyes(): Promise<void> {
    const work = this.#work;
    const still = await work?.still;
    if (!work || !still || work !== this.#work) return;
    this.#hanging.showStill(still, 'Your photo');
    this.#show('eyes', true);
    layMarks(this.#hanging.over, still, ([first, second]) => {
      if (work !== this.#work || !first) return;
      if (!second) {
        fill({ which: 'Now the other one.' });
        tell('Now the other one.');
        return;
      }
      work.made = undefined;
      work.wishes = { ...work.wishes, face: { eyes: [first, second] } };
      void this.#make(work, true);
    });
  }

  // ---- captions

  setDraggedOver(isOver: boolean): void {
    this.#isDraggedOver = isOver;
    if (isOver) showCaption('dragging', false);
    else this.#show(this.#state);
  }

  look(x: number, y: number): void {
    this.#attention.lookTowards(x, y);
  }

  /** Opens what the caption opens into. */
  openEmbed(): void {
    if (this.#work?.made && this.#state === 'alive') this.#show('embed', true);
  }

  /** Leaves what the caption opened into. */
  close(): void {
    if (this.#state === 'embed') this.#show('alive', true, 'embed');
    else if (this.#state === 'faces' && this.#work?.made) this.takeFace();
  }

  writeSnippet(): void {
    if (this.#work?.made) writeSnippet(this.#hanging.picture, { player: 'gaze-tracker.js', portrait: 'portrait.gaze', position: this.#work.position, size: this.#work.made.face });
  }

  #show(state: State, isAsked = false, returnTo?: string): void {
    this.#state = state;
    // The visitor holds a file: what is said waits.
    if (this.#isDraggedOver) return;
    if (state !== 'faces' && state !== 'eyes') this.#hanging.over.replaceChildren();
    showCaption(state, isAsked, { returnTo });
    fill({ why: this.#why });
    for (const [name, states] of Object.entries(CORNERS)) {
      find(`.corners [data-do=${name}]`).hidden = !states.includes(state) || (name === 'fullscreen' && !document.fullscreenEnabled);
    }
    if (!this.#work) return;
    fillCaption(this.#work);
    this.writeSnippet();
  }

  get tracker() {
    return this.#hanging.tracker;
  }
}

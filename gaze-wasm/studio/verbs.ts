// What the visitor does with a portrait: shares it, deletes it, has it made otherwise.
import { find } from '../portrait-page/find.js';
import { part, tell } from '../portrait-page/captions.js';
import { sentence } from '../portrait-page/words.js';
import { addressOf } from './config.js';
import { laterWords } from './job-words.js';
import type { Portrait } from './portrait.js';
import { pictureIn } from './rig-picture.js';
import { deleteSession, ServerError, sharePortrait } from './server.js';
import { ownedOf } from './shelf.js';
import type { Studio } from './studio.js';
import { StudioWork } from './studio-work.js';

export class Verbs {
  readonly #studio: Studio;
  /** Something is on its way to the server. */
  #isBusy = false;

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  /** Makes the link: the portrait goes to the server, if it is not there. */
  async makeLink(button: HTMLElement): Promise<void> {
    const portrait = this.#studio.portrait;
    if (!portrait) return;
    await this.#do(button, 'Making it', async () => {
      if (!ownedOf(portrait.entry)) {
        if (portrait.job?.phase === 'sending') throw new ServerError('refused', 'it is on its way to the server: try again in a moment');
        if (!portrait.rig) throw new ServerError('gone', 'its file is not in this browser any more: make it anew');
        this.#studio.note(portrait, await sharePortrait(portrait.rig));
      }
      this.#studio.note(portrait, { isShared: true });
      if (portrait === this.#studio.portrait) this.#studio.show({ isAsked: true });
      tell('The link is ready.');
    });
  }

  /** Deletes it wherever it is. */
  async deleteIt(button: HTMLElement): Promise<void> {
    const portrait = this.#studio.portrait;
    if (!portrait) return;
    await this.#do(button, 'Deleting it', async () => {
      this.#studio.finer.abandon(portrait);
      const owned = ownedOf(portrait.entry);
      if (owned) await deleteSession(owned);
      this.#studio.remove(portrait);
      tell('Deleted.');
    });
  }

  /** Says that it is under way on the button, and what goes wrong in the caption. */
  async #do(button: HTMLElement, words: string, work: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const before = button.textContent;
    button.setAttribute('aria-disabled', 'true');
    // What takes no time needs no words.
    const wording = setTimeout(() => (button.textContent = words), 300);
    const trouble = part('trouble');
    if (trouble) trouble.hidden = true;
    try {
      await work();
    } catch (thrown) {
      this.#studio.say(troubleOf(thrown));
    } finally {
      clearTimeout(wording);
      button.textContent = before;
      button.removeAttribute('aria-disabled');
      this.#isBusy = false;
    }
  }

  /** The background goes, or comes back: the face is made anew in this browser. */
  async turnGround(): Promise<void> {
    const portrait = this.#studio.portrait;
    if (!portrait) return;
    const work = (portrait.work ??= await workOf(portrait));
    if (!work || portrait !== this.#studio.portrait) {
      this.#studio.say('Its photo is here no more: bring it once more for that.');
      return;
    }
    this.#studio.arrival.remake(work, { background: portrait.entry.isCut ? 'kept' : 'removed' });
  }

  turnIdle(): void {
    const portrait = this.#studio.portrait;
    if (!portrait) return;
    this.#studio.note(portrait, { isIdle: !portrait.entry.isIdle });
    const { tracker } = this.#studio;
    if (tracker) tracker.idle = portrait.entry.isIdle;
    this.#studio.show();
  }

  /** The first one in place of the finer one, and back. */
  async turnFirst(): Promise<void> {
    const portrait = this.#studio.portrait;
    if (!portrait?.entry.isFiner) return;
    try {
      if (!portrait.isFirstShown) await portrait.loadRig();
    } catch {
      this.#studio.say('The first one cannot be had now. Try again in a moment.');
      return;
    }
    if (portrait !== this.#studio.portrait) return;
    portrait.isFirstShown = !portrait.isFirstShown;
    await this.#studio.hangAgain();
  }

  pick(): void {
    const work = this.#studio.portrait?.work;
    if (work) void this.#studio.arrival.askWhose(work, true);
  }

  closer(): void {
    const work = this.#studio.portrait?.work;
    if (work) void this.#studio.arrival.askHowClose(work, true);
  }
}

/** The photo of a portrait that came back from memory: its picture, as far as that is kept. */
async function workOf({ rig, entry }: Portrait): Promise<StudioWork | undefined> {
  // Behind the person there is nothing.
  if (entry.isCut) return undefined;
  const url = addressOf(`uploads/${entry.session}/input.jpg`);
  const picture = rig ? await pictureIn(rig) : await fetch(url).then((response) => (response.ok ? response.blob() : undefined)).catch(() => undefined);
  if (!picture) return undefined;
  const work = new StudioWork(picture);
  const still = await work.still;
  if (still && entry.eyes) {
    const [ax, ay, bx, by] = entry.eyes;
    const eye = (x: number, y: number) => ({ x: x * still.width, y: y * still.height });
    work.wishes = { ...work.wishes, face: { eyes: [eye(ax, ay), eye(bx, by)] } };
  } else if (still && entry.face) work.wishes = { ...work.wishes, face: { x: entry.face[0] * still.width, y: entry.face[1] * still.height } };
  return work;
}

function troubleOf(thrown: unknown): string {
  const error = thrown instanceof ServerError ? thrown : new ServerError('refused', thrown instanceof Error ? thrown.message : String(thrown));
  switch (error.kind) {
    case 'unreachable':
      return 'The server does not answer. Try again in a moment.';
    case 'too-many':
      return `Many portraits came from your address. Try again ${laterWords(error.retryAfter)}.`;
    case 'full':
      return `The server has no room now. Try again ${laterWords(error.retryAfter)}.`;
    case 'not-yours':
      return 'This browser does not have the key to it any more: whoever made it can do that.';
    default:
      return sentence(error.message);
  }
}

/** Where the link stands. */
export function linkField(): HTMLInputElement {
  return find<HTMLInputElement>('.label [data-link]');
}

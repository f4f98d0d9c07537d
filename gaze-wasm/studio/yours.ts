// All of yours on one wall: the last twenty, same height, by date.
import { find } from '../portrait-page/find.js';
import { fileOf } from './config.js';
import { capital, queueTitle, wordOf } from './job-words.js';
import { Portrait } from './portrait.js';
import { pictureIn } from './rig-picture.js';
import { stateOf } from './server.js';
import type { SessionState } from './session-state.js';
import type { Entry, Shelf } from './shelf.js';

/** Many portraits: nobody's colour. */
const NEUTRAL_CHROMA = '0.006';
/** How often it is asked how those are that are being made, in milliseconds. */
const ASK_MS = 5000;

export class Yours {
  readonly #shelf: Shelf;
  readonly #wall = find('.yours');
  readonly #list = find('.yours ul');
  readonly #about = find('[data-yours=about]');
  readonly #news = find('[data-yours=news]');
  /** What hangs, by key, and how. */
  readonly #hung = new Map<string, { item: HTMLElement; how: string }>();

  /** Of the portrait that hung before. */
  #chroma = '';

  readonly #onHeard: (key: string, state: SessionState) => void;
  /** How those are that are being made, by key. */
  readonly #states = new Map<string, SessionState>();
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, onHeard: (key: string, state: SessionState) => void) {
    this.#shelf = shelf;
    this.#onHeard = onHeard;
  }

  get isOpen(): boolean {
    return !this.#wall.hidden;
  }

  /** `returnTo`: the portrait that the visitor comes back from, and whether the question was to delete it. */
  open(isAsked: boolean, returnTo?: { key: string; isDelete: boolean }): void {
    this.#wall.hidden = false;
    find('.hang').hidden = true;
    const { style } = document.documentElement;
    this.#chroma = style.getPropertyValue('--c');
    style.setProperty('--c', NEUTRAL_CHROMA);
    this.show();
    void this.#ask();
    document.title = 'Yours · gaze';
    if (!isAsked) return;
    const from = returnTo && this.#list.querySelector<HTMLElement>(`${returnTo.isDelete ? 'button' : 'a'}[data-key="${CSS.escape(returnTo.key)}"]`);
    (from ?? find('h1', this.#wall)).focus({ preventScroll: !from });
  }

  close(): void {
    clearTimeout(this.#asking);
    this.#wall.hidden = true;
    find('.hang').hidden = false;
    const { style } = document.documentElement;
    if (this.#chroma) style.setProperty('--c', this.#chroma);
    else style.removeProperty('--c');
    // What is not seen costs nothing.
    this.#list.replaceChildren();
    this.#hung.clear();
  }

  /** Asks how those are that are being made, as long as it is open. */
  async #ask(): Promise<void> {
    clearTimeout(this.#asking);
    const pending = this.#shelf.entries.filter(({ isPending, session }) => isPending && session);
    for (const { key, session } of pending) {
      const state = await stateOf(session!).catch(() => undefined);
      if (!this.isOpen) return;
      if (!state) continue;
      this.#states.set(key, state);
      this.#onHeard(key, state);
    }
    this.show();
    if (pending.length) this.#asking = setTimeout(() => void this.#ask(), ASK_MS);
  }

  /** A quiet line: what comes in. */
  say(news: string): void {
    this.#news.hidden = !news;
    this.#news.textContent = news;
  }

  /** Shows what is remembered now; what hangs already stays. */
  show(): void {
    const { entries } = this.#shelf;
    const words = entries.length ? `${wordOf(entries.length)} ${entries.length === 1 ? 'portrait' : 'portraits'}` : 'none yet';
    find('[data-count]').textContent = entries.length ? String(entries.length) : '';
    find('[data-count-words]').textContent = words;
    if (!this.isOpen) return;
    this.#about.textContent = entries.length ? 'The last twenty, remembered by this browser only.' : 'Nothing here yet. Whatever you make is remembered by this browser only.';
    for (const [key, { item }] of this.#hung) {
      if (entries.some((entry) => entry.key === key)) continue;
      item.remove();
      this.#hung.delete(key);
    }
    for (const [index, entry] of entries.entries()) {
      const how = JSON.stringify({ ...entry, rig: undefined, index, note: this.#noteOf(entry) });
      const known = this.#hung.get(entry.key);
      let item = known?.item;
      if (!item || known?.how !== how) {
        const made = this.#itemOf(entry, index, known?.item);
        item?.replaceWith(made);
        item = made;
        this.#hung.set(entry.key, { item, how });
      }
      if (this.#list.children[index] !== item) this.#list.insertBefore(item, this.#list.children[index] ?? null);
    }
  }

  #itemOf(entry: Entry, index: number, before: HTMLElement | undefined): HTMLElement {
    const item = document.createElement('li');
    item.style.setProperty('--r', String(entry.width / entry.height));
    const [day, note] = [dayOf(entry.day), this.#noteOf(entry)];
    const print = document.createElement('a');
    print.className = 'print';
    print.classList.toggle('done', !!entry.isFiner);
    print.classList.toggle('cut', entry.isCut);
    Object.assign(print.dataset, { go: 'portrait', key: entry.key });
    print.href = new URL(entry.session ?? '#yours', document.baseURI).href;
    print.ariaLabel = `Portrait ${index + 1}, ${day}${note && `, ${note}`}`;
    // The face that lives here already moves along, unless there is a finer one.
    const living = before?.querySelector<HTMLElement>('.done') || !entry.isFiner ? before?.querySelector('gaze-tracker') : undefined;
    const face = living ?? this.#faceOf(entry, print);
    print.append(face);
    const about = document.createElement('p');
    about.className = 'about';
    const words = document.createElement('span');
    words.append(day, ...(note ? [document.createElement('br'), note] : []));
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', textContent: 'Delete', ariaLabel: `Delete portrait ${index + 1}, ${day}` });
    Object.assign(button.dataset, { do: 'delete-print', key: entry.key });
    about.append(words, button);
    item.append(print, about);
    return item;
  }

  #noteOf({ key, isFiner, isPending, isShared, isCut, session }: Entry): string {
    const state = this.#states.get(key);
    if (isPending) return state?.state === 'queued' ? queueTitle(state).replace(/\.$/, '').toLowerCase() : 'being made finer';
    return [isFiner ? 'finer' : session && isShared ? 'shared' : '', isCut ? 'no background' : ''].filter(Boolean).join(', ');
  }

  #faceOf(entry: Entry, print: HTMLElement): HTMLElement {
    const rig = this.#shelf.rigOf(entry);
    const face = document.createElement('gaze-tracker');
    face.hideControls = true;
    face.tabIndex = -1;
    face.ariaHidden = 'true';
    const { src } = new Portrait(entry, rig, true);
    const picture = new Image();
    picture.alt = '';
    face.append(picture);
    if (rig && !entry.isCut) void showPicture(rig, picture);
    else if (entry.session && !entry.isCut) picture.src = new URL(`uploads/${entry.session}/input.jpg`, document.baseURI).href;
    face.addEventListener('error', ({ error }) => {
      if (error?.fatal === false) return;
      // Where there are frames but no rig, or the other way round.
      const other = entry.session && !entry.isFiner && !rig ? fileOf(entry.session, 'frames.gaze') : undefined;
      if (other && face.src !== other && error.code === 'missing') {
        face.src = other;
        return;
      }
      face.remove();
      print.classList.add('empty');
      print.textContent = error.code === 'missing' ? 'Nothing hangs here any more.' : 'Out of reach.';
    });
    face.src = typeof src === 'string' ? src : { blob: src };
    return face;
  }
}

async function showPicture(rig: Blob, image: HTMLImageElement): Promise<void> {
  const picture = await pictureIn(rig);
  if (!picture) return;
  image.src = URL.createObjectURL(picture);
  image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
}

/** "Today, 14:02", "Yesterday", "19 November". */
export function dayOf(time: number, now = Date.now()): string {
  const day = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  const days = Math.round((day(now) - day(time)) / 86_400_000);
  const date = new Date(time);
  if (days <= 0) return `Today, ${date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
  if (days === 1) return 'Yesterday';
  return capital(date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', ...(date.getFullYear() !== new Date(now).getFullYear() && { year: 'numeric' }) }));
}

// Puts up what the state of the page calls for: the caption, the words in the corners, or the wall of all portraits.
import { part, showCaption, tell } from '../portrait-page/captions.js';
import { find } from '../portrait-page/find.js';
import type { Arrival } from './arrival.js';
import { fillAny, writeSnippetOf } from './contents.js';
import { OPENED } from './route.js';
import type { Shelf } from './shelf.js';
import type { Stage } from './stage.js';
import { showCorners, standingOf, type Circumstances } from './standing.js';
import type { TakeAway } from './take-away.js';
import type { Yours } from './yours.js';

/** Below this width, in CSS pixels, the caption stands under the picture. */
const NARROW = 720;
/** States in which something lies over the picture. */
const OVERLAID: readonly string[] = ['faces', 'eyes', 'crop', 'point'];

export interface Asking {
  /** The visitor asked for it: the focus goes there. */
  isAsked?: boolean;
  /** The word that led away from there. */
  returnTo?: string | undefined;
  /** What is told where nobody asked. */
  news?: string | undefined;
}

export class Board {
  /** The caption that is up. */
  #shown = '';

  constructor(
    readonly shelf: Shelf,
    readonly stage: Stage,
    readonly yours: Yours,
    readonly arrival: Arrival,
    readonly takeAway: TakeAway,
  ) {}

  /** Puts up the caption of the state that the page is in; where it is up, fills it in. */
  show(now: Circumstances, asking: Asking = {}): void {
    if (now.route.view === 'yours') {
      this.#showYours(now, asking);
      return;
    }
    if (this.yours.isOpen) {
      this.yours.close();
      this.yours.say('');
    }
    const { isAsked = false, returnTo, news } = asking;
    const { state, name } = standingOf(now);
    const shown = `${name} ${now.portrait?.entry.key ?? ''}`;
    if (shown === this.#shown && !isAsked) {
      document.body.dataset.state = state;
      this.fill(now);
      return;
    }
    this.#shown = shown;
    if (!OVERLAID.includes(state)) this.stage.hanging.over.replaceChildren();
    showCaption(state, isAsked, { returnTo, name, news, fillIn: () => this.fill(now) });
    showCorners(state, this.shelf.entries.length > 0);
    if (isAsked && !returnTo && OPENED.includes(now.route.view)) bringIntoView();
    if (state === 'download' && now.portrait) this.takeAway.fillCaption(now.portrait);
  }

  #showYours({ portrait }: Circumstances, { isAsked = false, returnTo }: Asking): void {
    const isOpened = !this.yours.isOpen;
    this.#shown = '';
    document.body.dataset.state = 'history';
    const from = portrait && returnTo ? { key: portrait.entry.key, isDelete: returnTo === 'delete' } : undefined;
    if (isOpened) this.yours.open(isAsked, from);
    showCorners('history', true);
  }

  /** Fills in whatever the caption that is up has room for, and draws the frame. */
  fill({ route, portrait, arrival, isDraggedOver }: Circumstances): void {
    if (isDraggedOver) return;
    if (route.view === 'new' && arrival) this.arrival.fillCaption();
    else fillAny(portrait, this.stage.hanging.picture);
  }

  /** Writes the code for the shape that is chosen. */
  writeSnippet({ portrait }: Circumstances): void {
    if (portrait) writeSnippetOf(portrait, this.stage.hanging.picture);
  }

  /** Says it in the caption, or where that has no room for it to those who listen. */
  say(news: string): void {
    const line = part('trouble') ?? part('say');
    if (line) {
      line.hidden = false;
      line.textContent = news;
    }
    tell(news);
  }
}

/** On a phone, what the caption opened into may lie below the screen. */
function bringIntoView(): void {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (innerWidth < NARROW) find('.label').scrollIntoView({ block: 'end', behavior: isCalm ? 'auto' : 'smooth' });
}

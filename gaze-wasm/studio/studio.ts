// The page: what the address asks for hangs on the wall, and the caption says how it is.
import { tell } from '../portrait-page/captions.js';
import { picturesIn } from '../portrait-page/intake.js';
import { Arrival, type ArrivalState } from './arrival.js';
import { Batch } from './batch.js';
import { Board, type Asking } from './board.js';
import { Finer } from './finer.js';
import type { Following } from './following.js';
import { newsOf } from './job-words.js';
import { Portrait, type Phase } from './portrait.js';
import { currentRoute, isOpenedHere, OPENED, setRoute, type Route, type View } from './route.js';
import { awaitEnd, search, type Absence, type Found } from './search.js';
import { isPending, type SessionState } from './session-state.js';
import { Shelf, withoutSession, type Entry } from './shelf.js';
import { Stage } from './stage.js';
import type { Circumstances } from './standing.js';
import type { StudioWork } from './studio-work.js';
import { TakeAway } from './take-away.js';
import { Yours } from './yours.js';


/** What Escape puts away: it was said. */
const DISMISSED: readonly Phase[] = ['full-line', 'refused', 'failed'];

export class Studio {
  readonly #shelf = new Shelf(() => this.#yours.show());
  readonly #stage = new Stage();
  readonly #yours = new Yours(this.#shelf, (key, state) => this.#hearOf(key, state));
  readonly takeAway = new TakeAway();
  readonly arrival = new Arrival(this.#stage.hanging, {
    onState: (state, isAsked) => {
      this.#arrivalState = state;
      this.#stage.forget();
      if (this.#route.view !== 'new') this.#visit({ view: 'new' });
      this.show({ isAsked });
    },
    onMade: (work, begun, signal) => this.#welcome(work, begun, signal),
    onKept: (why) => this.say(`That did not work out. ${why} This one stays.`),
  });
  readonly #batch = new Batch({
    onMade: async (work) => {
      await this.#shelf.add(await work.entry(), work.made?.face.blob);
      this.#yours.show();
    },
    onNews: (news, isLast) => {
      this.#yours.say(news);
      if (isLast) tell(news);
    },
  });
  readonly #board = new Board(this.#shelf, this.#stage, this.#yours, this.arrival, this.takeAway);
  readonly finer = new Finer({
    isCurrent: (portrait) => portrait === this.#portrait,
    note: (portrait, news) => this.note(portrait, news),
    forget: (portrait) => this.#forgetSession(portrait),
    onChanged: (portrait, isAsked) => this.#onJob(portrait, isAsked),
    onDone: (portrait) => void this.#onFiner(portrait),
    onTrouble: (portrait, why) => portrait === this.#portrait && this.say(why),
  });
  #route: Route = { view: 'empty' };
  #portrait: Portrait | undefined;
  /** Why there is none, though one is asked for. */
  #absence: Absence | undefined;
  #arrivalState: ArrivalState | undefined;
  #isDraggedOver = false;
  /** The last that was told of a job. */
  #told = '';
  /** Others may be on their way by now. */
  #visits = 0;
  #following: Following | undefined;
  /** The question whether to delete was asked in Yours. */
  #isFromYours = false;

  get route(): Route {
    return this.#route;
  }

  get portrait(): Portrait | undefined {
    return this.#portrait;
  }

  get tracker() {
    return this.#stage.tracker;
  }

  start(): void {
    this.#yours.show();
    void this.#apply(currentRoute(), false);
    addEventListener('popstate', () => {
      const before = this.#route.view;
      void this.#apply(currentRoute(), true, before === 'new' ? undefined : before);
    });
  }

  // ---- addresses

  /** Goes where the visitor asked to go. */
  go(view: View, name = this.#nameOfPortrait()): void {
    const isOpened = OPENED.includes(view);
    if (!isOpened || view === 'yours') scrollTo(0, 0);
    this.#visit({ view, name: view === 'empty' || view === 'yours' || view === 'new' ? undefined : name }, { isOpened });
    void this.#apply(this.#route, true);
  }

  /** Leaves what the caption opened. */
  close(): void {
    const { view, name } = this.#route;
    const { portrait } = this;
    const isMade = view === 'new' && !!this.arrival.work?.made;
    if (isMade && this.#arrivalState === 'faces') this.arrival.takeFace();
    else if (isMade && this.#arrivalState === 'crop') this.arrival.keepWhole();
    else if (view === 'portrait' && portrait?.job && DISMISSED.includes(portrait.job.phase)) {
      portrait.job = undefined;
      this.show({ isAsked: true, returnTo: 'finer' });
    } else if (view === 'new') history.back();
    else if (!OPENED.includes(view)) return;
    else if (isOpenedHere()) history.back();
    else {
      this.#visit({ view: name ? 'portrait' : 'empty', name }, { isReplaced: true });
      void this.#apply(this.#route, true, view);
    }
  }

  #visit(route: Route, options?: { isReplaced?: boolean; isOpened?: boolean }): void {
    this.#route = route;
    setRoute(route, options);
  }

  #nameOfPortrait(): string | undefined {
    return this.#portrait && (this.#portrait.entry.session ?? this.#portrait.entry.key);
  }

  /** Puts up what an address asks for. `returnTo`: the word that led away from there. */
  async #apply(route: Route, isAsked: boolean, returnTo?: string): Promise<void> {
    const visit = (this.#visits += 1);
    if (route.view !== 'new') {
      this.arrival.cancel();
      this.#arrivalState = undefined;
    } else if (!this.#arrivalState) {
      // What came in is not remembered.
      route = { view: 'empty' };
      setRoute(route, { isReplaced: true });
    }
    this.#route = route;
    const isSame = !!route.name && (route.name === this.#portrait?.entry.session || route.name === this.#portrait?.entry.key);
    if (!isSame && route.view !== 'yours') this.#drop();
    const sending = isSame ? undefined : this.finer.sendingOf(route.name);
    const found = sending ? { portrait: sending } : route.name && !isSame ? await search(route.name, this.#shelf) : undefined;
    if (visit !== this.#visits) return;
    if (found) this.#meet(found);
    if (route.view !== 'delete') this.#isFromYours = false;
    if (route.view !== 'full' && document.fullscreenElement === document.documentElement) void document.exitFullscreen();
    this.show({ isAsked, returnTo });
    await this.#hang(visit);
  }

  /** Whatever hung before is let go of. */
  #drop(): void {
    this.finer.release();
    this.#following?.stop();
    this.#following = undefined;
    this.#portrait = undefined;
    this.#absence = undefined;
    this.#told = '';
  }

  /** Takes in what was found. */
  #meet({ portrait, absence, news }: Found): void {
    this.#portrait = portrait;
    this.#absence = absence;
    if (!portrait) return;
    void news?.then((state) => {
      if (portrait !== this.#portrait) return;
      if (state === 'gone') this.#lose(portrait);
      else if (state !== 'absent') this.#hear(portrait, state);
      // The server is out of reach: it is asked again and again how far that is.
      else if (portrait.entry.isPending) this.finer.follow(portrait);
    });
    const { state } = portrait;
    if (portrait.isOwn || !state || !isPending(state)) return;
    this.#following = awaitEnd(state, (found) => {
      this.#drop();
      this.#meet(found);
      this.show();
      void this.#hang(this.#visits);
    });
  }

  /** Takes in how a portrait of one's own is on the server. */
  #hear(portrait: Portrait, state: SessionState): void {
    if (isPending(state)) {
      portrait.state = state;
      this.note(portrait, { isPending: true });
      this.finer.hear(portrait, state);
      this.finer.follow(portrait);
    } else this.finer.hear(portrait, state);
  }

  /** Takes in how a portrait that hangs in Yours is on the server. */
  #hearOf(key: string, state: SessionState): void {
    if (key === this.#portrait?.entry.key || isPending(state)) return;
    this.#shelf.update(key, { isPending: false, isFiner: state.hasFrames });
    this.#yours.show();
  }

  /** It is on the server no more; maybe it is still here. */
  #lose(portrait: Portrait): void {
    if (portrait.rig) {
      this.#forgetSession(portrait);
      this.say('The server has it no more. It is still here, in this browser.');
    } else {
      this.#shelf.remove(portrait.entry.key);
      this.#drop();
      this.#absence = 'gone';
      this.show();
    }
    this.#yours.show();
  }

  // ---- what hangs

  async #hang(visit: number): Promise<void> {
    const { view } = this.#route;
    const portrait = this.#portrait;
    this.#stage.fix(view === 'delete');
    if (view === 'yours' || view === 'new') return;
    if (this.#absence) {
      this.#stage.clear();
      return;
    }
    if (!portrait) {
      await this.#stage.hangDemo(view === 'empty');
      return;
    }
    if (!portrait.isVisible && !portrait.isOwn) return;
    try {
      await this.#stage.hang(portrait);
    } catch {
      if (visit !== this.#visits || portrait !== this.#portrait) return;
      this.#absence = 'absent';
      this.show();
    }
  }

  /** A face was made of a photo, or made anew. */
  async #welcome(work: StudioWork, begun: number, signal: AbortSignal): Promise<void> {
    const before = this.#portrait;
    const isAnew = before?.work === work;
    const isReplaced = isAnew && !before.entry.session;
    const rig = work.made?.face.blob;
    const entry = { ...(await work.entry()), ...(isAnew && { isIdle: before.entry.isIdle }), ...(isReplaced && { key: before.entry.key }) };
    const portrait = new Portrait(entry, rig, true);
    portrait.work = work;
    if (!(await this.#stage.hang(portrait, true)) || signal.aborted) return;
    portrait.seconds = (performance.now() - begun) / 1000;
    await this.#shelf.add(entry, rig);
    if (signal.aborted) return;
    this.#drop();
    this.#portrait = portrait;
    this.#arrivalState = undefined;
    this.#yours.show();
    this.#visits += 1;
    this.#visit({ view: 'portrait', name: entry.key }, { isReplaced: this.#route.view === 'new' || isReplaced });
    this.show();
    if (isAnew) {
      const seconds = portrait.seconds.toFixed(1);
      this.say(isReplaced ? `Made anew in ${seconds} seconds. The photo has not left this page.` : `Made anew in ${seconds} seconds, in your browser. The one before is in Yours, with its link.`);
    }
    this.#stage.lookAtNews();
  }

  /** Keeps what is known of a portrait. */
  note(portrait: Portrait, news: Partial<Entry>): void {
    portrait.entry = { ...portrait.entry, ...news };
    this.#shelf.update(portrait.entry.key, news);
    if (portrait === this.#portrait && this.#route.name && this.#route.name !== this.#nameOfPortrait()) this.#rename();
    this.#yours.show();
  }

  #forgetSession(portrait: Portrait): void {
    portrait.entry = withoutSession(portrait.entry);
    portrait.state = undefined;
    void this.#shelf.forgetSession(portrait.entry.key).then(() => this.#yours.show());
    if (portrait === this.#portrait) this.#rename();
  }

  /** The address follows: it has a session now, or none any more. */
  #rename(): void {
    if (this.#route.view !== 'yours' && this.#route.view !== 'new') this.#visit({ ...this.#route, name: this.#nameOfPortrait() }, { isReplaced: true, isOpened: isOpenedHere() });
  }

  // ---- the finer one

  #onJob(portrait: Portrait, isAsked: boolean): void {
    if (portrait !== this.#portrait) return;
    const { job } = portrait;
    const { key, news } = (job && newsOf(job)) ?? { key: '', news: '' };
    const isNews = !!key && key !== this.#told;
    if (isNews) this.#told = key;
    this.show({ isAsked, news: isNews ? news : undefined });
    if (isNews && !isAsked) tell(news);
  }

  async #onFiner(portrait: Portrait): Promise<void> {
    if (portrait !== this.#portrait) return;
    portrait.isFirstShown = false;
    // Out of sight nothing is drawn: whoever waits elsewhere sees it in the title.
    if (document.hidden) document.title = 'Finer now · gaze';
    try {
      await this.#stage.hang(portrait);
    } catch {
      // The face that works stays.
      portrait.isFirstShown = true;
      await portrait.loadRig().then(() => this.#stage.hang(portrait)).catch(() => undefined);
    }
    if (portrait !== this.#portrait) return;
    const isSeen = this.#route.view === 'portrait';
    this.show();
    if (!isSeen) tell('The finer version is here.');
    else if (portrait.isFinerShown) this.#stage.lookAtNews();
  }

  // ---- captions

  /** Puts up the caption of the state that the page is in. */
  show(asking?: Asking): void {
    this.#board.show(this.#now, asking);
  }

  /** Says it in the caption. */
  say(news: string): void {
    this.#board.say(news);
  }

  writeSnippet(): void {
    this.#board.writeSnippet(this.#now);
  }

  get #now(): Circumstances {
    return { route: this.#route, portrait: this.#portrait, absence: this.#absence, arrival: this.#arrivalState, isDraggedOver: this.#isDraggedOver };
  }

  // ---- photos

  take(files: readonly File[]): void {
    const photos = picturesIn(files);
    if (photos.length > 1) {
      if (this.#route.view !== 'yours') this.go('yours');
      this.#batch.add(photos);
      return;
    }
    this.#prepareForNew();
    this.arrival.take(photos[0]!);
  }

  refuseNothing(): void {
    this.#prepareForNew();
    this.arrival.refuseNothing();
  }

  /** Whatever comes now has an address of its own, so that the way back leads to what is here. */
  #prepareForNew(): void {
    this.#arrivalState = 'working';
    if (this.#route.view !== 'new') this.#visit({ view: 'new' });
    this.#visits += 1;
    this.#drop();
    this.#stage.forget();
    if (this.#yours.isOpen) this.#yours.close();
    // What comes is to be seen.
    scrollTo(0, 0);
  }

  setDraggedOver(isOver: boolean): void {
    if (this.#route.view === 'yours') {
      this.#yours.say(isOver ? 'Let go: anywhere on this page will do.' : '');
      return;
    }
    this.#isDraggedOver = isOver;
    this.show();
  }

  lookTowards(x: number, y: number): void {
    this.#stage.lookTowards(x, y);
  }

  // ---- for what the visitor does with the portrait

  /** It is deleted. Whoever came from Yours is back there. */
  remove(portrait: Portrait): void {
    this.#shelf.remove(portrait.entry.key);
    this.#yours.show();
    if (portrait !== this.#portrait) return;
    const isFromYours = this.#isFromYours;
    this.#drop();
    this.#visit({ view: isFromYours ? 'yours' : 'empty' }, { isReplaced: true });
    void this.#apply(this.#route, true);
  }

  /** Another version of it is to be shown. */
  async hangAgain(): Promise<void> {
    this.show();
    await this.#hang(this.#visits);
  }

  /** Looks for what the address asks for once more. */
  lookAgain(): void {
    this.#drop();
    void this.#apply(currentRoute(), true);
  }

  /** From Yours: asks whether it is to be deleted. */
  askToDelete(key: string): void {
    this.#isFromYours = true;
    const entry = this.#shelf.find(key);
    if (entry) this.go('delete', entry.session ?? entry.key);
  }
}

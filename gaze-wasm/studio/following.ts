// Hears how a session is: by server-sent events, and where those fail by asking again and again.
import { addressOf } from './config.js';
import { ServerError, stateOf } from './server.js';
import { isPending, type SessionState } from './session-state.js';

/** The server says something every 15 s: after so long without a word, the line is dead. In milliseconds. */
const SILENCE_MS = 35_000;
/** How often it asks where there are no events. */
const ASK_MS = 2_500;
/** How long it waits for the next try while the server is out of reach, in seconds: longer and longer. */
const WAITS = [2, 4, 8, 8, 15, 15, 30];
/** Events that have failed are tried again after this. */
const REOPEN_MS = 15_000;

export interface FollowingHooks {
  onState(state: SessionState): void;
  /** The server is out of reach; it is tried again in so many seconds, 0: now. */
  onLost(seconds: number): void;
  /** There is no such session any more. */
  onGone(): void;
}

export class Following {
  #events: EventSource | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  /** The next thing to do while there are no events. */
  #next: ReturnType<typeof setTimeout> | undefined;
  #openedAt = -Infinity;
  #fails = 0;
  #isAsking = false;
  readonly #end = new AbortController();

  constructor(
    readonly session: string,
    readonly hooks: FollowingHooks,
  ) {
    addEventListener('online', () => this.tryNow(), { signal: this.#end.signal });
    document.addEventListener('visibilitychange', () => {
      // Timers slept while the page was out of sight.
      if (!document.hidden && this.#fails) this.tryNow();
    }, { signal: this.#end.signal });
    this.#open();
  }

  stop(): void {
    this.#end.abort();
    this.#closeEvents();
    clearTimeout(this.#next);
  }

  /** Does not wait any longer. */
  tryNow(): void {
    if (this.#end.signal.aborted) return;
    void this.#ask();
  }

  #open(): void {
    this.#closeEvents();
    this.#openedAt = performance.now();
    const events = (this.#events = new EventSource(addressOf(`api/session/${this.session}/events`)));
    this.#listen();
    const heard = () => {
      clearTimeout(this.#next);
      this.#listen();
    };
    events.addEventListener('ping', heard);
    events.addEventListener('state', ({ data }: MessageEvent<string>) => {
      heard();
      this.#tell(JSON.parse(data) as SessionState);
    });
    // The browser connects again by itself where it can, and says what it heard last; meanwhile the page asks.
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) this.#closeEvents();
      void this.#ask();
    });
  }

  #closeEvents(): void {
    this.#events?.close();
    this.#events = undefined;
    clearTimeout(this.#silence);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#closeEvents();
      void this.#ask();
    }, SILENCE_MS);
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    clearTimeout(this.#next);
    if (this.#fails) this.hooks.onLost(0);
    try {
      const state = await stateOf(this.session, this.#end.signal);
      this.#tell(state);
      if (this.#end.signal.aborted) return;
      // Events come as soon as they can be had.
      if (!this.#events && performance.now() - this.#openedAt > REOPEN_MS) this.#open();
      this.#next = setTimeout(() => void this.#ask(), ASK_MS);
    } catch (thrown) {
      if (this.#end.signal.aborted) return;
      if (thrown instanceof ServerError && thrown.kind === 'gone') {
        this.stop();
        this.hooks.onGone();
        return;
      }
      const wait = WAITS[Math.min(this.#fails, WAITS.length - 1)]!;
      this.#fails += 1;
      this.#countDown(wait);
    } finally {
      this.#isAsking = false;
    }
  }

  #countDown(seconds: number): void {
    if (!seconds) {
      void this.#ask();
      return;
    }
    this.hooks.onLost(seconds);
    this.#next = setTimeout(() => this.#countDown(seconds - 1), 1000);
  }

  #tell(state: SessionState): void {
    if (this.#end.signal.aborted) return;
    this.#fails = 0;
    if (!isPending(state)) this.stop();
    this.hooks.onState(state);
  }
}

// The finer one: asked for, waited for, heard of.
import { sentence } from '../portrait-page/words.js';
import { addressOf } from './config.js';
import { Following } from './following.js';
import { capital, laterWords, wordOf } from './job-words.js';
import { sentOf } from './photo-copy.js';
import type { Job, Portrait } from './portrait.js';
import { pictureIn } from './rig-picture.js';
import { deleteSession, leaveLine, sendPhoto, ServerError, sharePortrait } from './server.js';
import { isPending, type SessionState } from './session-state.js';
import { ownedOf, type Entry } from './shelf.js';

export interface FinerHooks {
  /** Whether it is the one on the wall. */
  isCurrent(portrait: Portrait): boolean;
  /** Keeps what is known of a portrait. */
  note(portrait: Portrait, news: Partial<Entry>): void;
  /** It is on the server no more. */
  forget(portrait: Portrait): void;
  /** Its job is another, or further. */
  onChanged(portrait: Portrait, isAsked: boolean): void;
  /** The finer one is there. */
  onDone(portrait: Portrait): void;
  /** What was asked for could not be done, and all stays as it is. */
  onTrouble(portrait: Portrait, why: string): void;
}

export class Finer {
  readonly #hooks: FinerHooks;
  #following: Following | undefined;
  /** Whose photos are on their way, by key: whoever goes elsewhere meanwhile is not left behind. */
  readonly #sending = new Map<string, { portrait: Portrait; abort: AbortController }>();

  constructor(hooks: FinerHooks) {
    this.#hooks = hooks;
  }

  /** Sends the photo, and waits in the line. */
  async ask(portrait: Portrait): Promise<void> {
    const { key } = portrait.entry;
    if (this.#sending.has(key)) return;
    this.release();
    const abort = new AbortController();
    const { signal } = abort;
    this.#sending.set(key, { portrait, abort });
    this.#set(portrait, { phase: 'sending' }, true);
    const hadSession = !!ownedOf(portrait.entry);
    try {
      const photo = await photoOf(portrait).catch((thrown: unknown) => {
        throw new ServerError('refused', thrown instanceof Error ? thrown.message : String(thrown));
      });
      await this.#send(portrait, photo, signal);
      if (this.#hooks.isCurrent(portrait)) this.follow(portrait);
    } catch (thrown) {
      if (!hadSession) await this.#withdraw(portrait);
      if (signal.aborted) return;
      this.#set(portrait, refusalOf(thrown), false);
    } finally {
      this.#sending.delete(key);
    }
  }

  /** The portrait of that name whose photo is on its way. */
  sendingOf(name: string | undefined): Portrait | undefined {
    return [...this.#sending.values()].find(({ portrait: { entry } }) => entry.key === name || entry.session === name)?.portrait;
  }

  /** The rig goes first, so that there is one session for both. */
  async #send(portrait: Portrait, photo: Blob, signal: AbortSignal): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      let owned = ownedOf(portrait.entry);
      if (!owned) {
        if (!portrait.rig) throw new ServerError('gone', 'it is on the server no more');
        owned = await sharePortrait(portrait.rig, signal);
        this.#hooks.note(portrait, owned);
      }
      try {
        const { isCut, face, eyes } = portrait.entry;
        await sendPhoto(photo, { removeBackground: isCut, face: eyes ?? face, owned }, signal);
        this.#hooks.note(portrait, { isPending: true });
        return;
      } catch (thrown) {
        // It was deleted elsewhere, or its time was over.
        const isLost = thrown instanceof ServerError && (thrown.kind === 'gone' || thrown.kind === 'not-yours');
        if (!isLost || !isFirst || !portrait.rig) throw thrown;
        this.#hooks.forget(portrait);
      }
    }
  }

  /** Hears how it is, from now on. */
  follow(portrait: Portrait): void {
    this.release();
    const { session } = portrait.entry;
    if (!session) return;
    this.#following = new Following(session, {
      onState: (state) => this.hear(portrait, state),
      onLost: (retryIn) => this.#set(portrait, { ...portrait.job, phase: 'lost', retryIn }, false),
      onGone: () => {
        this.#hooks.forget(portrait);
        this.#set(portrait, { phase: 'failed', title: 'It is gone.', why: 'The server has it no more. This one stays, in this browser.' }, false);
      },
    });
  }

  /** Takes in how a session is. */
  hear(portrait: Portrait, state: SessionState): void {
    // How many looks there were is said only while they are drawn.
    portrait.state = { ...state, total: state.total || portrait.job?.state?.total || 0 };
    const wasPending = portrait.entry.isPending;
    if (isPending(state)) {
      if (!wasPending) this.#hooks.note(portrait, { isPending: true });
      this.#set(portrait, jobOf(state, portrait.job), false);
      return;
    }
    const isFiner = state.hasFrames;
    const shape = isFiner && state.width && state.height ? { width: state.width, height: state.height } : {};
    const wasFiner = portrait.entry.isFiner;
    this.#hooks.note(portrait, { isPending: false, isFiner, ...shape, ...(isFiner && { isCut: state.hasAlpha }) });
    if (state.state === 'failed' && (wasPending || portrait.job)) {
      const why = state.error ? ` ${sentence(state.error)}` : '';
      this.#set(portrait, { phase: 'failed', state, title: 'It did not work out.', why: `The finer one could not be made.${why} This one stays.` }, false);
      return;
    }
    const hadJob = !!portrait.job;
    portrait.job = undefined;
    if (isFiner && (!wasFiner || hadJob)) this.#hooks.onDone(portrait);
    else this.#hooks.onChanged(portrait, false);
  }

  /** Leaves the line, or stops the making. What was sent for it alone goes. */
  async leave(portrait: Portrait): Promise<void> {
    this.abandon(portrait);
    this.release();
    const owned = ownedOf(portrait.entry);
    try {
      if (owned && portrait.entry.isPending) {
        await leaveLine(owned).catch((thrown: unknown) => {
          // It is there no more, or has ended by itself.
          if (!(thrown instanceof ServerError) || thrown.kind !== 'gone') throw thrown;
        });
      }
    } catch {
      this.follow(portrait);
      this.#hooks.onTrouble(portrait, 'The server cannot be reached, and has not heard it. It goes on; try again in a moment.');
      return;
    }
    portrait.job = undefined;
    if (owned) this.#hooks.note(portrait, { isPending: false });
    await this.#withdraw(portrait);
    this.#hooks.onChanged(portrait, true);
  }

  /** Sends its photo no further. */
  abandon({ entry }: Portrait): void {
    this.#sending.get(entry.key)?.abort.abort();
  }

  /** Takes back what is on the server, where there is no link to it. */
  async #withdraw(portrait: Portrait): Promise<void> {
    const owned = ownedOf(portrait.entry);
    if (!owned || portrait.entry.isShared || portrait.entry.isFiner || !portrait.rig) return;
    try {
      await deleteSession(owned);
      this.#hooks.forget(portrait);
      portrait.isWithdrawn = true;
    } catch {
      // It is still known here, and can be deleted.
    }
  }

  /** Does not wait any longer for the next try. */
  tryNow(): void {
    this.#following?.tryNow();
  }

  /** Hears nothing any more. */
  release(): void {
    this.#following?.stop();
    this.#following = undefined;
  }

  #set(portrait: Portrait, job: Job, isAsked: boolean): void {
    portrait.job = job;
    this.#hooks.onChanged(portrait, isAsked);
  }
}

function jobOf(state: SessionState, before: Job | undefined): Job {
  const isWaking = state.state === 'waking' || (state.state === 'running' && (state.stage === 'initializing' || state.stage === 'loading' || state.stage === null));
  // Once the looks are being drawn, how many is remembered.
  const total = state.total || before?.state?.total || 0;
  return { phase: state.state === 'queued' ? 'queue' : isWaking ? 'waking' : 'progress', state: { ...state, total } };
}

/** What is sent: the photo as it is kept; of a portrait that came back from memory, its picture. */
async function photoOf({ work, rig, entry }: Portrait): Promise<Blob> {
  if (work) return sentOf(work.photo, work.part);
  const picture = rig ? await pictureIn(rig) : await fetch(addressOf(`uploads/${entry.session}/input.jpg`)).then((response) => (response.ok ? response.blob() : undefined));
  if (!picture) throw new Error('its photo is here no more: bring it once more');
  return sentOf(picture, undefined);
}

function refusalOf(thrown: unknown): Job {
  const error = thrown instanceof ServerError ? thrown : new ServerError('refused', thrown instanceof Error ? thrown.message : String(thrown));
  const stays = 'Yours works as it is;';
  switch (error.kind) {
    case 'full': {
      const waiting = error.queueLength ? `${capital(wordOf(error.queueLength))} portraits are waiting.` : 'Many portraits are waiting.';
      return { phase: 'full-line', why: `${waiting} ${stays} ask again ${laterWords(error.retryAfter)}.` };
    }
    case 'too-many':
      return { phase: 'refused', title: 'Enough for now.', why: `Many portraits came from your address. ${stays} ask again ${laterWords(error.retryAfter)}.` };
    case 'too-large':
      return { phase: 'refused', title: 'Too large to send.', why: `${sentence(error.message)} ${stays} a smaller photo may do.` };
    case 'unreachable':
      return { phase: 'refused', title: 'Out of reach.', why: `The server does not answer. ${stays} ask again in a moment.` };
    default:
      return { phase: 'refused', title: 'It was not taken.', why: `${sentence(error.message)} ${stays} it can be asked for again.` };
  }
}

// A portrait on the wall: what is known of it, from this browser or from the server.
import type { StudioWork } from './studio-work.js';
import { addressOf, fileOf } from './config.js';
import type { SessionState } from './session-state.js';
import type { Entry } from './shelf.js';

/** Where the finer one stands. */
export type Phase = 'sending' | 'queue' | 'waking' | 'progress' | 'lost' | 'full-line' | 'refused' | 'failed';

export interface Job {
  phase: Phase;
  /** The last that was heard. */
  state?: SessionState;
  /** Seconds until the server is tried again, while it is out of reach. */
  retryIn?: number;
  /** What went wrong. */
  title?: string;
  why?: string;
}

export class Portrait {
  /** Its photo, where it came in since the page was opened. */
  work: StudioWork | undefined;
  /** What the server said last. */
  state: SessionState | undefined;
  job: Job | undefined;
  /** The first one is shown in place of the finer one. */
  isFirstShown = false;
  /** It was on the server, which has deleted it. */
  isWithdrawn = false;
  /** How long the browser took to make it, in seconds. */
  seconds: number | undefined;

  constructor(
    public entry: Entry,
    /** Its rig, where this browser has it. */
    public rig: Blob | undefined,
    /** Whether this browser made it. */
    readonly isOwn: boolean,
  ) {}

  /** What is shown: a file of this browser, or an address. */
  get src(): Blob | string {
    const { session } = this.entry;
    if (this.isFinerShown && session) return fileOf(session, 'frames.gaze');
    return this.rig ?? (session ? fileOf(session, 'portrait.gaze') : '');
  }

  get isFinerShown(): boolean {
    return !!this.entry.isFiner && !this.isFirstShown;
  }

  /** Whether there is one besides the finer one. */
  get hasFirst(): boolean {
    return !!this.rig || !!this.state?.hasRig;
  }

  /** Has its rig in this browser: beside frames it is nowhere to be played from. Rejects where it cannot be had. */
  async loadRig(): Promise<void> {
    if (this.rig || !this.entry.session) return;
    const response = await fetch(addressOf(`api/download/${this.entry.session}/rig`));
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    this.rig = await response.blob();
  }

  /** Whether there is anything to be seen. */
  get isVisible(): boolean {
    return !!this.entry.isFiner || this.hasFirst;
  }
}

/** A session of somebody else, or one whose owner's key this browser does not know. */
export function foreign(state: SessionState): Portrait {
  const portrait = new Portrait(entryOf(state), undefined, false);
  portrait.state = state;
  return portrait;
}

function entryOf({ sessionId, createdAt, width, height, hasAlpha, hasFrames }: SessionState): Entry {
  return { key: sessionId, session: sessionId, day: createdAt, width: width || 4, height: height || 5, isCut: hasAlpha, isIdle: true, position: '50% 12%', isFiner: hasFrames };
}

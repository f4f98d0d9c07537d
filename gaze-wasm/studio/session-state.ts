// How a session is, in the server's words: see docs/studio-api.md.

export type SessionStage = 'initializing' | 'loading' | 'preparing' | 'generating' | 'removing_bg' | 'stitching' | 'complete';

export interface SessionState {
  sessionId: string;
  state: 'queued' | 'waking' | 'running' | 'complete' | 'failed' | 'cancelled';
  /** How many are before it. */
  position: number;
  etaSeconds: number | null;
  stage: SessionStage | null;
  /** Looks that are drawn, of how many. */
  current: number;
  total: number;
  /** Of the whole run, in a hundred. */
  progress: number;
  message: string | null;
  wake: { stage: string; message: string; progress: number } | null;
  error: string | null;
  /** How long making it took. */
  seconds: number | null;
  hasRig: boolean;
  hasFrames: boolean;
  engine: string | null;
  neural: boolean;
  width: number;
  height: number;
  hasAlpha: boolean;
  createdAt: number;
}

const ID = /^session_\d+_[a-z0-9]{9}$/;

export function isSessionId(text: string): boolean {
  return ID.test(text);
}

/** Whether something is being made, or waits for it. */
export function isPending({ state }: SessionState): boolean {
  return state === 'queued' || state === 'waking' || state === 'running';
}

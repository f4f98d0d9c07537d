// What the server says to the page, and addresses under its own path.
import { whyUnable } from '../portrait-page/making.js';
import type { SessionState } from './session-state.js';

export interface Config {
  /** Path under which the studio is reached, with a slash at its end. */
  base: string;
  /** What links begin with. */
  publicUrl: string;
  /** Who makes portraits finer than this browser does; none where nobody does. */
  finer: { engine: string; neural: boolean; seconds: number | null } | null;
  maxUploadBytes: number;
  keepDays: number | null;
  /** The portrait that the address names. */
  session: SessionState | { sessionId: string; state: 'gone' } | null;
}

const DEFAULTS: Config = { base: '/', publicUrl: '', finer: null, maxUploadBytes: 32 << 20, keepDays: null, session: null };

export const config: Config = read();

function read(): Config {
  const text = document.getElementById('studio')?.textContent ?? '';
  const said = (text ? JSON.parse(text) : {}) as Partial<Config>;
  const all = { ...DEFAULTS, ...said };
  return { ...all, publicUrl: (all.publicUrl || new URL('.', document.baseURI).href).replace(/\/*$/, '/') };
}

/** Why no portrait can be made here, in a sentence; none where it can. */
export function whyNot(): string | undefined {
  return isPlayerThere() ? whyUnable('Open this page in another browser.') : 'A part of this page did not arrive. Open it once more.';
}

/** Whether the player has arrived, which is a script of its own. */
export function isPlayerThere(): boolean {
  return customElements.get('gaze-tracker') !== undefined;
}

/** The absolute address of something under the studio's own path. */
export function addressOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Where a session's file is. */
export function fileOf(session: string, name: string): string {
  return addressOf(`uploads/${session}/gaze_output/${name}`);
}

/** A link to a session that others can open. */
export function linkTo(session: string): string {
  return config.publicUrl + session;
}

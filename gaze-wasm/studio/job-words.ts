// What is said while the finer one is being made, or waits for it. Nothing here is said that the server did not say.
import { countOf, sentence } from '../portrait-page/words.js';
import type { Job } from './portrait.js';
import type { SessionState } from './session-state.js';

const ORDINALS = ['First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth', 'Ninth', 'Tenth', 'Eleventh', 'Twelfth', 'Thirteenth', 'Fourteenth', 'Fifteenth', 'Sixteenth', 'Seventeenth', 'Eighteenth', 'Nineteenth', 'Twentieth'];
/** More before one than this are words only. */
export const MOST_DOTS = 8;

/** The stages as they are shown, and which of the server's they are. */
export const STAGES = ['Queue', 'Face', 'Looks', 'Finish'] as const;

/** A time to come, about. */
export function roughly(seconds: number): string {
  if (seconds < 15) return 'some seconds';
  if (seconds < 45) return 'about half a minute';
  if (seconds < 90) return 'about a minute';
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${wordOf(minutes)} minutes` : `about ${wordOf(Math.round(minutes / 60))} hours`;
}

/** "First", "Twelfth". */
export function ordinal(place: number): string {
  return ORDINALS[place - 1] ?? `Number ${place}`;
}

/** A number as a word where it is short. */
export function wordOf(count: number): string {
  return count <= 10 ? countOf(count) : count === 20 ? 'twenty' : String(count);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Third in line." */
export function queueTitle({ position }: SessionState): string {
  return position <= 0 ? 'You are next.' : `${ordinal(position + 1)} in line.`;
}

export function queueSentence({ position, etaSeconds }: SessionState): string {
  const before = position <= 0 ? 'Nobody before you' : `${capital(wordOf(position))} before you`;
  const time = etaSeconds === null ? '' : `: ${roughly(etaSeconds)}`;
  return `${before}${time}. Close the page if you like. Yours keeps your place.`;
}

export function wakingSentence({ wake, state, position }: SessionState): string {
  if (state === 'running') return 'It is your turn: the machine gets ready. This one is yours meanwhile.';
  const stage = wake?.message ? ` ${sentence(wake.message)}` : '';
  const place = position > 0 ? `${capital(wordOf(position))} before you.` : 'You are next.';
  return `It sleeps while nobody needs it${stage ? '.' : ', and takes about a minute to get up.'}${stage} ${place}`;
}

/** Which of the stages it is at. */
export function stageIndex({ stage }: SessionState): number {
  return stage === 'generating' ? 2 : stage === 'removing_bg' || stage === 'stitching' || stage === 'complete' ? 3 : 1;
}

export function progressSentence(state: SessionState): string {
  const { current, total, etaSeconds } = state;
  const left = etaSeconds === null ? '' : ` ${capital(roughly(etaSeconds))} more.`;
  const what = ['', 'It learns how your face turns.', `${current} of ${total} looks are drawn.`, 'All looks are drawn, and are being packed.'][stageIndex(state)]!;
  return `${stageIndex(state) === 2 && !total ? 'The looks are being drawn.' : what}${left} This one is yours meanwhile.`;
}

export function lostSentence(retryIn: number): string {
  const when = retryIn <= 0 ? 'now' : retryIn === 1 ? 'in 1 second' : `in ${retryIn} seconds`;
  return `The connection is gone, the work goes on. We try again ${when}, and pick up where it is.`;
}

/** What the document is called while it is made. */
export function documentTitle({ state }: Job): string {
  return state?.total && stageIndex(state) === 2 ? `${state.current} of ${state.total} · gaze` : 'Becoming finer · gaze';
}

/** What is told to those who do not see it: each place in the line and each stage once, then every quarter. `key` stands
 * for what was told. */
export function newsOf({ phase, state }: Job): { key: string; news: string } | undefined {
  if (!state) return undefined;
  if (phase === 'queue') {
    const title = queueTitle(state);
    return { key: title, news: state.etaSeconds === null ? title : title.replace(/\.$/, `, ${roughly(state.etaSeconds)}.`) };
  }
  const once = (news: string) => ({ key: news, news });
  if (phase === 'waking') return once('You are next. The machine is waking.');
  if (phase !== 'progress') return undefined;
  const stage = stageIndex(state);
  if (stage === 1) return once('Your turn. The finer version is being made.');
  if (stage === 3) return once('All looks are drawn, and are being packed.');
  const quarter = state.total ? Math.floor((state.current / state.total) * 4) : 0;
  return once(quarter ? `${['', 'A quarter', 'Half', 'Three quarters', 'All'][quarter]} of the looks drawn.` : 'The looks are being drawn.');
}

/** How long it was made, and by what. */
export function finerSentence({ neural, total, seconds }: { neural: boolean; total: number; seconds: number | null }): string {
  const by = neural ? 'by a neural network' : 'by our server';
  const looks = total ? `, ${total} looks` : '';
  return `Redrawn ${by}${looks}${seconds === null ? '' : `${looks ? '' : ','} in ${secondsWords(seconds)}`}.`;
}

function secondsWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} ${Math.round(seconds) === 1 ? 'second' : 'seconds'}`;
  return `${wordOf(Math.round(seconds / 60))} minutes`;
}

/** When to ask again, of an answer that says it. */
export function laterWords(seconds: number | undefined): string {
  if (seconds === undefined) return 'in some minutes';
  if (seconds <= 1) return 'in a second';
  if (seconds < 60) return `in ${Math.ceil(seconds)} seconds`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return minutes === 1 ? 'in a minute' : `in ${wordOf(minutes)} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours === 1 ? 'in an hour' : `in ${wordOf(hours)} hours`;
}

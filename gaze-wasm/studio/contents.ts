// What the captions say of a portrait.
import { drawFrame, fill, part } from '../portrait-page/captions.js';
import { notesOf } from '../portrait-page/notes.js';
import { writeSnippet } from '../portrait-page/snippet.js';
import { countOf } from '../portrait-page/words.js';
import { config, linkTo, whyNot } from './config.js';
import { documentTitle, finerSentence, lostSentence, MOST_DOTS, progressSentence, queueSentence, queueTitle, roughly, stageIndex, wakingSentence } from './job-words.js';
import type { Portrait } from './portrait.js';

/** Fills in whatever the caption that is up has room for, and draws the frame: of this portrait, or where there is none.
 * `picture` is what hangs. */
export function fillAny(portrait: Portrait | undefined, picture: HTMLElement): void {
  if (!portrait) {
    fill({
      why: whyNot() ?? '',
      'time-over': config.keepDays ? `, or nobody looked at it for ${daysOf(config.keepDays)}` : '',
    });
    return;
  }
  if (!portrait.isOwn) {
    fill({ say: unfinishedSentence(portrait) });
    return;
  }
  fillCaption(portrait, picture);
  const { job } = portrait;
  const isDrawing = job && ['waking', 'progress', 'lost'].includes(job.phase) && job.state;
  drawFrame(isDrawing ? isDrawing.progress : portrait.isFinerShown ? 'closed' : undefined);
  if (job?.phase === 'progress') document.title = documentTitle(job);
}

function fillCaption(portrait: Portrait, picture: HTMLElement): void {
  const { entry, work, job } = portrait;
  fill({
    ...sayOf(portrait),
    ground: entry.isCut ? 'is gone' : 'stays',
    idle: entry.isIdle ? 'looks around' : 'waits',
    first: portrait.isFirstShown ? 'Show the finer one' : 'Show the first one',
    number: countOf(work?.made?.face.faces.length ?? 0),
  });
  show('ground-line', !!work || !entry.isCut);
  show('first', portrait.hasFirst);
  show('others', !entry.session && !work?.part && (work?.made?.face.faces.length ?? 0) > 1);
  show('finer-line', !!config.finer && !entry.isFiner && !entry.isPending);
  // Whoever has come closer need not hear of it.
  const warnings = (work?.made?.face.warnings ?? []).filter(({ kind }) => kind !== 'distant-face' || !work?.part);
  part('notes')?.replaceChildren(...notesOf(warnings, !entry.session));
  const about = part('finer-about');
  if (about && config.finer) about.textContent = finerAbout(config.finer);
  if (job?.state) showJob(portrait);
  const link = document.querySelector<HTMLInputElement>('.label [data-link]');
  if (link && entry.session) link.value = linkTo(entry.session);
  fill({ kept: config.keepDays ? `It stays as long as somebody looks at it once in ${daysOf(config.keepDays)}.` : '' });
  show('kept', !!config.keepDays);
  // Where the browser has a way to send links of its own: phones, as a rule.
  show('send-line', 'share' in navigator && matchMedia('(pointer: coarse)').matches);
  writeSnippetOf(portrait, picture);
}

function daysOf(days: number): string {
  return days === 1 ? 'a day' : `${days} days`;
}

/** Writes the code for the shape that is chosen, where the caption has code. */
export function writeSnippetOf({ entry }: Portrait, picture: HTMLElement): void {
  const { session = '', position, width, height, isIdle } = entry;
  // In the folder a rig goes before the frames.
  const portrait = `${config.publicUrl}uploads/${session}/gaze_output/${entry.isFiner ? 'frames.gaze' : ''}`;
  writeSnippet(picture, { player: `${config.publicUrl}gaze-tracker.js`, portrait, position, size: { width, height }, isIdle });
}

function sayOf(portrait: Portrait): { say: string; title: string } {
  const { entry, work, job, seconds, state } = portrait;
  const title = job?.title ?? (job?.phase === 'queue' && job.state ? queueTitle(job.state) : '');
  if (document.body.dataset.state === 'delete') {
    return { title, say: entry.session ? 'Its link and every page that embeds it will show nothing. There is no way back.' : 'It is in this browser alone. There is no way back.' };
  }
  if (job?.phase === 'lost') return { title, say: lostSentence(job.retryIn ?? 0) };
  if (job?.why) return { title, say: job.why };
  if (job?.state) {
    const say = { queue: queueSentence, waking: wakingSentence, progress: progressSentence }[job.phase as string];
    if (say) return { title, say: say(job.state) };
  }
  if (portrait.isFirstShown) return { title, say: 'The first one, as your browser made it.' };
  if (entry.isFiner) return { title, say: finerSentence({ neural: state?.neural ?? false, total: state?.total ?? 0, seconds: state?.seconds ?? null }) };
  if (entry.session && entry.isShared) return { title, say: 'It has a link. Whoever has that can see it; only you can delete it.' };
  if (entry.session) return { title, say: 'It is on our server as well. Nobody else knows where; only you can delete it.' };
  if (portrait.isWithdrawn) return { title, say: 'Made in your browser. What was sent to our server is deleted there.' };
  if (!work || seconds === undefined) return { title, say: 'Made in your browser, which alone remembers it.' };
  return { title, say: `Made in your browser in ${seconds.toFixed(1)} seconds. The photo has not left this page.` };
}

function finerAbout({ neural, seconds }: NonNullable<typeof config.finer>): string {
  const by = neural ? 'with a neural network.' : 'on our server.';
  const time = seconds === null ? 'It sends the photo to our server.' : `It takes ${roughly(seconds)}, and sends the photo to our server.`;
  return `${by} ${time}`;
}

/** The dots of the line, the list of stages. */
function showJob({ job }: Portrait): void {
  const state = job?.state;
  if (!state) return;
  const dots = document.querySelector('.label .ahead');
  const count = state.position > 0 && state.position <= MOST_DOTS ? state.position + 1 : 0;
  if (dots && dots.childElementCount !== count) dots.replaceChildren(...Array.from({ length: count }, () => document.createElement('i')));
  const at = stageIndex(state);
  for (const [index, item] of [...document.querySelectorAll<HTMLElement>('.label .stages li:not(.end)')].entries()) {
    item.classList.toggle('past', index < at);
    if (index === at) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
}

function show(name: string, isShown: boolean): void {
  const element = part(name);
  if (element) element.hidden = !isShown;
}

/** What is told of a portrait that others made and that is not there yet. */
function unfinishedSentence({ state }: Portrait): string {
  if (state?.state === 'queued') return 'This portrait waits in line to be made. It comes to life here as soon as it is.';
  return 'This portrait is being made. It comes to life here as soon as it is.';
}


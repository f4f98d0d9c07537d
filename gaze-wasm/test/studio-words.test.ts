// What is said while the finer one is made: figures that the server gave, as people read them.
import { describe, expect, test } from 'vitest';
import { finerSentence, laterWords, newsOf, progressSentence, queueSentence, queueTitle, roughly, wakingSentence } from '../studio/job-words.js';
import type { Phase } from '../studio/portrait.js';
import type { SessionState } from '../studio/session-state.js';

const stateOf = (news: Partial<SessionState>): SessionState => ({
  sessionId: 'session_1_abcdefghi', state: 'queued', position: 0, etaSeconds: null, stage: 'initializing', current: 0, total: 0, progress: 0, message: null, wake: null, error: null,
  seconds: null, hasRig: true, hasFrames: false, engine: null, neural: false, width: 410, height: 512, hasAlpha: false, createdAt: 0, ...news,
});

test.each([[3, 'some seconds'], [31, 'about half a minute'], [60, 'about a minute'], [120, 'about two minutes'], [900, 'about 15 minutes'], [7300, 'about two hours']])('%d seconds are %s', (seconds, words) => {
  expect(roughly(seconds)).toBe(words);
});

test.each([[undefined, 'in some minutes'], [1, 'in a second'], [42, 'in 42 seconds'], [60, 'in a minute'], [90, 'in two minutes'], [4000, 'in two hours']])('again after %s seconds: %s', (seconds, words) => {
  expect(laterWords(seconds)).toBe(words);
});

describe('the line', () => {
  test.each([[0, 'You are next.'], [1, 'Second in line.'], [2, 'Third in line.'], [11, 'Twelfth in line.'], [19, 'Twentieth in line.'], [40, 'Number 41 in line.']])('%d before: %s', (position, title) => {
    expect(queueTitle(stateOf({ position }))).toBe(title);
  });

  test('says no time that nobody knows', () => {
    expect(queueSentence(stateOf({ position: 1 }))).toBe('One before you. Close the page if you like. Yours keeps your place.');
    expect(queueSentence(stateOf({ position: 12, etaSeconds: 700 }))).toMatch(/^12 before you: about 12 minutes\./);
  });
});

describe('the making', () => {
  test('names the machine\'s own stage', () => {
    const wake = { stage: 'pulling', message: 'the image is being loaded', progress: 30 };
    expect(wakingSentence(stateOf({ state: 'waking', wake }))).toBe('It sleeps while nobody needs it. The image is being loaded. You are next.');
    expect(wakingSentence(stateOf({ state: 'waking' }))).toContain('takes about a minute to get up. You are next.');
    expect(wakingSentence(stateOf({ state: 'running', stage: 'loading' }))).toContain('the machine gets ready');
  });

  test('says how many looks are drawn, of how many', () => {
    const drawing = { state: 'running', stage: 'generating' } as const;
    expect(progressSentence(stateOf({ ...drawing, current: 1, total: 900, etaSeconds: 58 }))).toBe('1 of 900 looks are drawn. About a minute more. This one is yours meanwhile.');
    expect(progressSentence(stateOf(drawing))).toBe('The looks are being drawn. This one is yours meanwhile.');
    expect(progressSentence(stateOf({ ...drawing, stage: 'removing_bg', total: 900 }))).toContain('All looks are drawn');
  });

  test('is told once a stage, then once a quarter', () => {
    const told = new Set<string>();
    const tell = (phase: Phase, news: Partial<SessionState>) => {
      const { key } = newsOf({ phase, state: stateOf(news) })!;
      const isNew = !told.has(key);
      told.add(key);
      return isNew;
    };
    const drawing = (current: number) => tell('progress', { state: 'running', stage: 'generating', current, total: 900 });
    expect([tell('queue', { position: 2, etaSeconds: 100 }), tell('queue', { position: 2, etaSeconds: 40 }), tell('queue', { position: 1, etaSeconds: 40 })]).toEqual([true, false, true]);
    expect(Array.from({ length: 901 }, (_, current) => drawing(current)).filter(Boolean)).toHaveLength(5);
    expect(newsOf({ phase: 'lost', state: stateOf({}) })).toBeUndefined();
  });

  test.each([
    [{ neural: true, total: 900, seconds: 57.6 }, 'Redrawn by a neural network, 900 looks in 58 seconds.'],
    [{ neural: false, total: 0, seconds: 200 }, 'Redrawn by our server, in three minutes.'],
    [{ neural: true, total: 0, seconds: null }, 'Redrawn by a neural network.'],
  ])('is told when it is done: %o', (state, words) => {
    expect(finerSentence(state)).toBe(words);
  });
});

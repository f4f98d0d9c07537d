// Addresses: what they show, to whom, and the browser's ways back and forward.
import { describe, expect, test } from 'vitest';
import { ASTRONAUT } from './maker-page.js';
import { act, actSaying, choose, focused, label, news, place, ready, remembered, state, StudioLab, title, tryNow, MAKING } from './studio-page.js';

describe('at the root of a host', () => {
  const lab = new StudioLab();

  test('a portrait of somebody else looks at whoever opens its link', async () => {
    const id = lab.server.add();
    const page = await lab.open(id);
    await state(page, 'shared');
    await ready(page);
    expect(await title(page)).toBe('It has noticed you.');
    expect(await page.getAttribute('.picture gaze-tracker', 'label')).toBe('A portrait');
    for (const verb of ['share', 'delete', 'finer']) expect(await page.locator(`.label [data-do=${verb}]`).count()).toBe(0);
    // What the page knew already is not asked for.
    expect(lab.server.calls).toEqual([]);
    await act(page, 'home');
    await state(page, 'empty');
    expect(place(page, lab.server)).toBe('');
    expect(await focused(page)).toBe('H1');
    await page.goBack();
    await state(page, 'shared');
    await ready(page);
  });

  test('a finer one shows its frames', async () => {
    const id = lab.server.add({ hasFrames: true });
    const page = await lab.open(id);
    await ready(page);
    expect(await page.evaluate(() => document.querySelector('.picture gaze-tracker')!.getAttribute('src'))).toContain('frames.gaze');
  });

  test('one that is still being made comes to life when it is', async () => {
    const id = lab.server.add({ state: 'running', stage: 'generating', hasRig: false });
    const page = await lab.open(id);
    await state(page, 'unfinished');
    lab.server.set(id, { state: 'complete', hasFrames: true });
    await state(page, 'shared');
    await ready(page);
  });

  test.each(['session_1764400000000_abcdefghi', 'view/session_1764400000000_abcdefghi'])('a dead link says so, and leads on: %s', async (path) => {
    const page = await lab.open(path);
    await state(page, 'gone');
    expect(await title(page)).toBe('Nothing hangs here any more.');
    await act(page, 'home');
    await state(page, 'empty');
    await ready(page);
  });

  test('the server is out of reach: said, and tried again', async () => {
    const id = lab.server.add();
    const page = await lab.open();
    await ready(page);
    lab.server.goDown();
    await page.evaluate((id) => {
      history.pushState({}, '', id);
      dispatchEvent(new PopStateEvent('popstate'));
    }, id);
    await state(page, 'absent');
    lab.server.isDown = false;
    await act(page, 'look-again');
    await state(page, 'shared');
    await ready(page);
  });

  test('view/ID is the face and nothing else', async () => {
    const page = await lab.open(`view/${lab.server.add()}`);
    await state(page, 'alone');
    await ready(page);
    expect(await page.locator('button:visible, a:visible').count()).toBe(0);
    expect(await page.evaluate(() => document.querySelector('.picture')!.getBoundingClientRect().height)).toBe(800);
  });

  test('its owner finds all verbs at its address', async () => {
    const context = await lab.context();
    const page = await lab.alive(context);
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    const id = lab.server.only;
    const again = await lab.open(id, context);
    await state(again, 'alive');
    await ready(again);
    expect(await label(again)).toContain('It has a link.');
    // Without its photo in memory: the picture on the server.
    await act(again, 'ground');
    await state(again, 'cutout');
    await again.close();
    // Somebody else deletes it, or its time is over.
    lab.server.sessions.delete(id);
    const last = await lab.open(id, context);
    await state(last, 'gone');
    expect((await remembered(last)).some(({ session }) => session === id)).toBe(false);
  });

  test('every state that was asked for has one, and the way back leads to where one was', async () => {
    const page = await lab.alive();
    expect(place(page, lab.server)).toBe('#portrait');
    for (const view of ['share', 'embed', 'download', 'delete']) {
      await act(page, view);
      await state(page, view);
      expect(place(page, lab.server)).toBe(`#${view}`);
      expect(await focused(page)).toBe('H1');
      await page.goBack();
      await state(page, 'alive');
      expect(await focused(page)).toBe(view);
      await page.goForward();
      await state(page, view);
      await page.keyboard.press('Escape');
      await state(page, 'alive');
    }
    await act(page, 'download');
    await page.reload();
    await state(page, 'download');
    await act(page, 'back');
    await state(page, 'alive');
    await page.click('.corners [data-do=new]');
    await state(page, 'empty');
    await page.goBack();
    await state(page, 'alive');
    await ready(page);
  });

  test('of a portrait that this browser does not know is the beginning', async () => {
    const page = await lab.open('#share');
    await state(page, 'empty');
    await page.goto(`${lab.server.url}#new`);
    await state(page, 'empty');
  });

  test('full screen is left by its word, by Escape and by the way back', async () => {
    const page = await lab.open();
    await ready(page);
    for (const leave of [() => act(page, 'back'), () => page.goBack(), () => page.evaluate(() => document.exitFullscreen())]) {
      await page.click('.corners [data-do=full]');
      await state(page, 'full');
      await page.waitForFunction(() => document.fullscreenElement !== null);
      expect(await page.isVisible('.corners')).toBe(false);
      await leave();
      await state(page, 'empty');
      await page.waitForFunction(() => document.fullscreenElement === null);
      expect(await focused(page)).toBe('full');
    }
  });

  test('the connection is gone while it waits, and is there again when the page is opened anew', async () => {
    const context = await lab.context();
    const page = await lab.queued(context);
    const id = lab.server.only;
    lab.server.goDown();
    await page.evaluate((id) => {
      history.pushState({}, '', './');
      dispatchEvent(new PopStateEvent('popstate'));
      history.pushState({}, '', id);
      dispatchEvent(new PopStateEvent('popstate'));
    }, id);
    await state(page, 'lost');
    lab.server.isDown = false;
    await tryNow(page);
    await state(page, 'queue');
    // Deleted elsewhere: the face is still in this browser.
    lab.server.sessions.delete(id);
    lab.server.goDown();
    lab.server.isDown = false;
    await state(page, 'finer-failed');
    expect(await title(page)).toBe('It is gone.');
    expect(place(page, lab.server)).toBe('#portrait');
    await ready(page);
  });
});

describe('below a path of a host', () => {
  const lab = new StudioLab('/made/with-gaze/');

  test('all works the same, and nothing leaves that path', async () => {
    const page = await lab.open();
    await ready(page);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    expect(place(page, lab.server)).toBe(`${lab.server.only}#share`);
    await page.reload();
    await state(page, 'share-link');
    await ready(page);
    expect(await page.inputValue('[data-link]')).toBe(lab.server.url + lab.server.only);
    await page.keyboard.press('Escape');
    await state(page, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    await page.click('.corners .mark');
    await state(page, 'empty');
    await page.click('.corners [data-do=yours]');
    await state(page, 'history');
    await page.waitForFunction(() => document.querySelector<HTMLElementTagNameMap['gaze-tracker']>('.prints gaze-tracker')?.ready, null, MAKING);
    expect(await news(page)).toBeTypeOf('string');
  });
});

describe('on a plain http address of a local network', () => {
  const lab = new StudioLab('/', 'gaze.lan');

  test('where the browser gives pages less, all works the same', async () => {
    const page = await lab.open();
    expect(await page.evaluate(() => [isSecureContext, typeof crypto.subtle, 'caches' in window, 'clipboard' in navigator])).toEqual([false, 'undefined', false, false]);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    lab.server.set(lab.server.only, { state: 'complete', hasFrames: true, seconds: 58 });
    await state(page, 'finer');
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    await actSaying(page, 'copy-link', 'Copied');
  });

  test('what cannot be copied is selected, and how to copy it is said', async () => {
    const page = await lab.open('', {}, () => void (document.execCommand = () => false));
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    await actSaying(page, 'copy-link', 'Press Ctrl C');
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(lab.server.url + lab.server.only);
  });
});

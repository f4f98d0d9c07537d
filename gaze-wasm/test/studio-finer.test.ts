// Sharing and the finer version: what goes to the server, what it says, and what goes wrong there.
import { describe, expect, test } from 'vitest';
import { act, choose, focused, frame, label, news, place, ready, remembered, state, StudioLab, title, MAKING } from './studio-page.js';
import { ASTRONAUT } from './maker-page.js';
import { drawnPhoto, roundPhoto, turnedPhoto } from './studio-photos.js';

const lab = new StudioLab();

/** How a run goes on, as the server says it. */
const DRAWING = { state: 'running', position: 0, stage: 'generating', current: 412, total: 900, progress: 46, etaSeconds: 31 } as const;
const DONE = { state: 'complete', stage: 'complete', progress: 100, current: 0, total: 0, seconds: 58, hasFrames: true, engine: 'liveportrait', neural: true } as const;
const src = (page: Awaited<ReturnType<typeof lab.open>>) => page.evaluate(() => document.querySelector('.picture gaze-tracker')!.getAttribute('src'));

describe('sharing', () => {
  test('sends the rig once, and gives a link, a snippet and downloads', async () => {
    const page = await lab.alive({ permissions: ['clipboard-read', 'clipboard-write'] });
    await act(page, 'share');
    expect(await label(page)).toContain('only you can delete it');
    expect(lab.server.calls).toEqual([]);
    await act(page, 'make-link');
    await state(page, 'share-link');
    const id = lab.server.only;
    expect(lab.server.calls).toEqual(['POST api/portraits']);
    const sent = lab.server.asked.find(({ method }) => method === 'POST')!.body;
    expect(sent.subarray(1, 5).toString()).toBe('GAZE');
    expect(sent.equals(lab.server.sessions.get(id)!.rig!)).toBe(true);
    expect(await page.inputValue('[data-link]')).toBe(lab.server.url + id);
    expect(place(page, lab.server)).toBe(`${id}#share`);
    expect(await focused(page)).toBe('H1');
    await act(page, 'copy-link');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(lab.server.url + id);
    await act(page, 'seen');
    await state(page, 'seen');
    expect(await title(page)).toBe('It has noticed you.');
    await act(page, 'back');
    await state(page, 'share-link');
    await page.keyboard.press('Escape');
    await state(page, 'alive');
    expect(await focused(page)).toBe('share');
    await act(page, 'embed');
    await page.check('[name=shape][value=round]');
    const code = await page.innerText('.label .code');
    expect(code).toContain(`src="${lab.server.url}gaze-tracker.js"`);
    expect(code).toContain(`src="${lab.server.url}uploads/${id}/gaze_output/"`);
    expect(code).toMatch(/<gaze-tracker idle[^]*--gaze-position: \d+% \d+%;[^]*border-radius: 50%/);
    await act(page, 'copy');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(code);
    await act(page, 'download');
    await expect.poll(() => page.innerText('[data-fill=page-size]')).toBe('1.9 MB');
    expect(await page.getAttribute('[data-kind=zip]', 'href')).toBe(`${lab.server.url}api/download-widget/${id}`);
    const [entry] = await remembered(page);
    expect(entry).toMatchObject({ session: id, ownerKey: lab.server.sessions.get(id)!.ownerKey, isShared: true });
    expect(entry).not.toHaveProperty('rig');
  });

  test.each([
    ['is out of reach', { status: 0 }, /does not answer\. Try again in a moment/],
    ['has had enough', { status: 429, headers: { 'retry-after': '120' } }, /Try again in two minutes/],
    ['takes no such thing', { status: 400, body: { error: 'this is no live rig' } }, /This is no live rig\./],
    ['finds it too large', { status: 413, body: { error: 'the rig is larger than 4 MiB: make it smaller' } }, /larger than 4 MiB/],
  ])('of a server that %s is told, and can be tried again', async (_, refusal, words) => {
    const page = await lab.alive();
    await act(page, 'share');
    if (refusal.status) lab.server.refusals.set('POST api/portraits', refusal);
    else lab.server.goDown();
    await act(page, 'make-link');
    await expect.poll(() => label(page)).toMatch(words);
    expect(await news(page)).toMatch(words);
    lab.server.refusals.clear();
    lab.server.isDown = false;
    await act(page, 'make-link');
    await state(page, 'share-link');
  });

  test('is undone by deleting: with the owner\'s key, from everywhere', async () => {
    const page = await lab.alive();
    await act(page, 'share');
    await act(page, 'make-link');
    await state(page, 'share-link');
    const id = lab.server.only;
    await act(page, 'back');
    await act(page, 'delete');
    expect(await label(page)).toContain('every page that embeds it will show nothing');
    lab.server.goDown();
    await act(page, 'delete-it');
    await expect.poll(() => label(page)).toContain('does not answer');
    lab.server.isDown = false;
    await act(page, 'delete-it');
    await state(page, 'empty');
    expect(lab.server.sessions.size).toBe(0);
    expect(lab.server.asked.find(({ method }) => method === 'DELETE')!.headers['x-gaze-owner']).toBe(`key-${id}`);
    expect(await remembered(page)).toEqual([]);
  });
});

describe('the finer one', () => {
  test('is not offered where the server makes none', async () => {
    lab.server.config = { finer: null };
    const page = await lab.alive();
    expect(await page.isVisible('[data-do=finer]')).toBe(false);
  });

  test('goes from the line through waking and drawing to its face, in words, line and news', async () => {
    const page = await lab.alive();
    expect(await label(page)).toContain('with a neural network. It takes about a minute, and sends the photo to our server.');
    await act(page, 'finer');
    await state(page, 'queue');
    const id = lab.server.only;
    const upload = lab.server.asked.find(({ path }) => path.startsWith('api/uploads'))!;
    const query = new URLSearchParams(upload.path.split('?')[1]);
    expect(query.get('removeBackground')).toBe('false');
    expect(query.get('session')).toBe(id);
    const [x, y] = query.get('face')!.split(',').map(Number) as [number, number];
    // Where her face is.
    expect(x).toBeCloseTo(0.44, 1);
    expect(y).toBeCloseTo(0.24, 1);
    expect(upload.headers['content-type']).toBe('image/jpeg');
    expect([...upload.body.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(await title(page)).toBe('Third in line.');
    expect(await label(page)).toContain('Two before you: about two minutes. Close the page if you like. Yours keeps your place.');
    expect(await page.locator('.ahead i').count()).toBe(3);
    expect(place(page, lab.server)).toBe(id);
    await act(page, 'share');
    await page.keyboard.press('Escape');
    await page.focus('[data-do=leave]');

    lab.server.set(id, { position: 1, etaSeconds: 70 });
    await expect.poll(() => title(page)).toBe('Second in line.');
    expect(await news(page)).toBe('Second in line, about a minute.');
    lab.server.set(id, { state: 'waking', position: 0, wake: { stage: 'booting', message: 'the machine is getting up', progress: 40 } });
    await state(page, 'waking');
    expect(await label(page)).toContain('The machine is getting up. You are next.');
    expect(await focused(page)).toBe('leave');
    lab.server.set(id, { state: 'running', stage: 'preparing', progress: 5, wake: null });
    await state(page, 'progress');
    expect(await page.innerText('.stages [aria-current=step]')).toBe('Face');
    expect(await focused(page)).toBe('leave');
    lab.server.set(id, DRAWING);
    await expect.poll(() => label(page)).toContain('412 of 900 looks are drawn. About half a minute more. This one is yours meanwhile.');
    expect(await page.title()).toBe('412 of 900 · gaze');
    expect(await frame(page)).toEqual({ done: '46', isDrawn: true, role: 'progressbar', now: '46' });
    expect(await news(page)).toBe('A quarter of the looks drawn.');
    lab.server.set(id, { current: 430, progress: 48 });
    await expect.poll(() => page.title()).toBe('430 of 900 · gaze');
    // Not for every look.
    expect(await news(page)).toBe('A quarter of the looks drawn.');
    lab.server.set(id, { stage: 'stitching', current: 0, progress: 97 });
    await expect.poll(() => page.innerText('.stages [aria-current=step]')).toBe('Finish');
    lab.server.set(id, DONE);
    await state(page, 'finer');
    expect(await label(page)).toContain('Redrawn by a neural network, 900 looks in 58 seconds.');
    expect(await news(page)).toBe('The finer version is here.');
    expect(await src(page)).toBe(`${lab.server.url}uploads/${id}/gaze_output/frames.gaze`);
    expect(await frame(page)).toMatchObject({ done: '100', isDrawn: true, role: null });
    // And the first one, and back.
    await act(page, 'first');
    await expect.poll(() => src(page)).toBe(null);
    expect(await page.innerText('[data-do=first]')).toBe('Show the finer one');
    expect(await frame(page)).toMatchObject({ isDrawn: false });
    await act(page, 'first');
    await expect.poll(() => src(page)).toContain('frames.gaze');
    await act(page, 'share');
    await act(page, 'make-link');
    await act(page, 'back');
    await act(page, 'embed');
    // In the folder the rig would go first.
    expect(await page.innerText('.label .code')).toContain(`${id}/gaze_output/frames.gaze"`);
    expect(lab.server.calls.filter((call) => call === 'POST api/portraits')).toHaveLength(1);
    await page.click('.corners [data-do=yours]');
    expect(await page.innerText('.about span')).toContain('finer');
  });

  test('of a portrait with a link joins its session', async () => {
    const page = await lab.alive();
    await act(page, 'share');
    await act(page, 'make-link');
    await act(page, 'back');
    await act(page, 'finer');
    await state(page, 'queue');
    expect(lab.server.calls.filter((call) => call.startsWith('POST'))).toEqual(['POST api/portraits', 'POST api/uploads']);
    // Whoever leaves the line keeps the link.
    await act(page, 'leave');
    await state(page, 'alive');
    expect(lab.server.sessions.size).toBe(1);
    expect(await label(page)).toContain('It has a link.');
  });

  test('is left again: what was sent for it is gone', async () => {
    const page = await lab.queued();
    const id = lab.server.only;
    await act(page, 'leave');
    await state(page, 'alive');
    expect(await focused(page)).toBe('H1');
    expect(await label(page)).toContain('What was sent to our server is deleted there.');
    expect(lab.server.calls.filter((call) => call.startsWith('DELETE'))).toEqual(['DELETE api/session/ID/job', 'DELETE api/session/ID']);
    expect(lab.server.sessions.has(id)).toBe(false);
    expect(place(page, lab.server)).toBe('#portrait');
    await expect.poll(async () => (await remembered(page))[0]!.rig).toBeTypeOf('string');
    await page.reload();
    await state(page, 'alive');
    await ready(page);
  });

  test('is not left where the server does not hear it: it goes on', async () => {
    const page = await lab.queued();
    lab.server.refusals.set('DELETE', { status: 500 });
    await act(page, 'leave');
    await expect.poll(() => label(page)).toContain('has not heard it. It goes on');
    await state(page, 'queue');
    lab.server.refusals.clear();
    await expect.poll(() => lab.server.sessions.get(lab.server.only)!.listeners.size).toBe(1);
    await act(page, 'leave');
    await state(page, 'alive');
  });

  test('that did not work out is told; the first one stays, and one can ask again', async () => {
    const page = await lab.queued();
    lab.server.set(lab.server.only, { state: 'failed', error: 'the face turned away' });
    await state(page, 'finer-failed');
    expect(await label(page)).toContain('The finer one could not be made. The face turned away. This one stays.');
    await ready(page);
    await act(page, 'finer');
    await state(page, 'queue');
  });

  test.each([
    ['the line is full', { status: 503, body: { error: 'full', overloaded: true, queueLength: 20 } }, 'full-line', 'The line is full.', 'Twenty portraits are waiting. Yours works as it is; ask again in some minutes.'],
    ['too many came', { status: 429, headers: { 'retry-after': '90' } }, 'refused', 'Enough for now.', 'ask again in two minutes'],
    ['it is too large', { status: 413, body: { error: 'the photo is larger than 10 MB' } }, 'refused', 'Too large to send.', 'The photo is larger than 10 MB.'],
    ['it is no picture', { status: 400, body: { error: 'this is no picture' } }, 'refused', 'It was not taken.', 'This is no picture.'],
    ['nobody answers', { status: 0 }, 'refused', 'Out of reach.', 'The server does not answer.'],
  ])('is refused because %s: said in the caption, nothing stays there, one can ask again', async (_, refusal, where, named, words) => {
    const page = await lab.alive();
    if (refusal.status) lab.server.refusals.set('POST api/uploads', refusal);
    else lab.server.goDown();
    await act(page, 'finer');
    await state(page, where);
    expect(await title(page)).toBe(named);
    expect(await label(page)).toContain(words);
    expect(lab.server.sessions.size).toBe(0);
    // All else works.
    expect(await page.isVisible('[data-do=download]')).toBe(true);
    // It was said, and can be put away.
    await page.keyboard.press('Escape');
    await state(page, 'alive');
    expect(await focused(page)).toBe('finer');
    lab.server.refusals.clear();
    lab.server.isDown = false;
    await act(page, 'finer');
    await state(page, 'queue');
  });

  test('is out of reach for a while: it counts down truly, and picks up where it is', async () => {
    const page = await lab.queued();
    const id = lab.server.only;
    lab.server.set(id, DRAWING);
    await state(page, 'progress');
    lab.server.goDown();
    await state(page, 'lost');
    expect(await label(page)).toContain('The connection is gone, the work goes on.');
    expect(await news(page)).toBe('Connection lost. The server goes on; this page is trying again.');
    // The line does not go back.
    expect((await frame(page)).done).toBe('46');
    await expect.poll(() => label(page)).toMatch(/We try again in 1 second,/);
    await expect.poll(() => label(page), MAKING).toMatch(/We try again in 4 seconds,/);
    lab.server.isDown = false;
    Object.assign(lab.server.sessions.get(id)!.state, { current: 700, progress: 78 });
    await act(page, 'try-now');
    await state(page, 'progress');
    expect(await label(page)).toContain('700 of 900');
    // Events are heard again.
    await expect.poll(() => lab.server.sessions.get(id)!.listeners.size, MAKING).toBe(1);
    lab.server.set(id, DONE);
    await state(page, 'finer');
  });

  test('is heard of without events as well', async () => {
    lab.server.hasEvents = false;
    const page = await lab.queued();
    const id = lab.server.only;
    Object.assign(lab.server.sessions.get(id)!.state, DRAWING);
    await state(page, 'progress');
    Object.assign(lab.server.sessions.get(id)!.state, DONE);
    await state(page, 'finer');
  });

  test('goes on while the page is closed', async () => {
    const context = await lab.context();
    const page = await lab.queued(context);
    const id = lab.server.only;
    await page.close();
    lab.server.set(id, DRAWING);
    const again = await lab.open('', context);
    await again.click('.corners [data-do=yours]');
    await expect.poll(() => again.innerText('.about span')).toContain('being made finer');
    await again.click('.print');
    await state(again, 'progress');
    expect(await label(again)).toContain('412 of 900');
    await again.close();
    lab.server.set(id, DONE);
    const last = await lab.open(id, context);
    await state(last, 'finer');
    await ready(last);
    expect(await label(last)).toContain('Redrawn by a neural network, in 58 seconds.');
    // The first one is on the server alone by now.
    await act(last, 'first');
    await expect.poll(() => src(last)).toBe(null);
    await ready(last);
  });

  test('comes while one shares it: the caption stays', async () => {
    const page = await lab.queued();
    const id = lab.server.only;
    await act(page, 'share');
    await state(page, 'share');
    await page.focus('[data-do=make-link]');
    lab.server.set(id, DONE);
    await expect.poll(() => src(page), MAKING).toContain('frames.gaze');
    await expect.poll(() => news(page)).toBe('The finer version is here.');
    expect(await title(page)).toBe('Share a link');
    expect(await focused(page)).toBe('make-link');
    await page.keyboard.press('Escape');
    await state(page, 'finer');
  });

  test('is made of the photo as it stands upright, and of nothing but the picture', async () => {
    const page = await lab.alive({}, await turnedPhoto(lab));
    const shape = () => page.evaluate(() => Number(document.querySelector<HTMLElement>('.picture')!.style.getPropertyValue('--r')));
    expect(await shape()).toBeCloseTo(0.75, 2);
    await act(page, 'finer');
    await state(page, 'queue');
    const upload = lab.server.asked.find(({ path }) => path.startsWith('api/uploads'))!;
    expect(upload.body.includes('Exif')).toBe(false);
    const size = await page.evaluate(async (base64) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]), { imageOrientation: 'none' });
      return [bitmap.width, bitmap.height];
    }, upload.body.toString('base64'));
    expect(size).toEqual([384, 512]);
    const [x, y] = new URLSearchParams(upload.path.split('?')[1]).get('face')!.split(',').map(Number) as [number, number];
    // She stands upright, a little left of the middle: her face lies 40 px further left of 384.
    expect(x).toBeCloseTo((0.44 * 512 - 40) / 384, 1);
    expect(y).toBeCloseTo(0.24, 1);
  });

  test('is made of the photo as transparent as it is', async () => {
    const page = await lab.alive({}, await roundPhoto(lab));
    await act(page, 'finer');
    await state(page, 'queue');
    const upload = lab.server.asked.find(({ path }) => path.startsWith('api/uploads'))!;
    expect(upload.headers['content-type']).toBe('image/png');
    // What was round before is not to be cut out.
    expect(new URLSearchParams(upload.path.split('?')[1]).get('removeBackground')).toBe('false');
    const alphas = await page.evaluate(async (base64) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
      const context = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height }).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      return [2, bitmap.width / 2].map((at) => context.getImageData(at, at, 1, 1).data[3]);
    }, upload.body.toString('base64'));
    expect(alphas).toEqual([0, 255]);
  });

  test('of a part of the photo is made of that part', async () => {
    const page = await lab.open();
    await choose(page, await drawnPhoto(lab, 1, 0.3));
    await state(page, 'crop');
    await act(page, 'take-crop');
    await state(page, 'alive');
    await act(page, 'finer');
    await state(page, 'queue');
    const upload = lab.server.asked.find(({ path }) => path.startsWith('api/uploads'))!;
    const size = await page.evaluate(async (base64) => {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
      return bitmap.width / bitmap.height;
    }, upload.body.toString('base64'));
    expect(size).toBeCloseTo(0.8, 1);
    const [x, y] = new URLSearchParams(upload.path.split('?')[1]).get('face')!.split(',').map(Number) as [number, number];
    expect(x).toBeGreaterThan(0.3);
    expect(x).toBeLessThan(0.7);
    expect(y).toBeGreaterThan(0.15);
    expect(y).toBeLessThan(0.6);
  });

  test('is sent on while one looks elsewhere, and is there when one comes back', async () => {
    let arrive = () => {};
    lab.server.uploading = new Promise((resolve) => (arrive = resolve));
    const page = await lab.alive();
    await act(page, 'finer');
    await state(page, 'sending');
    await page.click('.corners [data-do=new]');
    await state(page, 'empty');
    await page.goBack();
    await state(page, 'sending');
    // What is on its way is not sent twice.
    await act(page, 'share');
    await state(page, 'share');
    await page.keyboard.press('Escape');
    await page.click('.corners [data-do=new]');
    await state(page, 'empty');
    arrive();
    await expect.poll(() => lab.server.sessions.size && lab.server.sessions.get(lab.server.only)!.state.state, MAKING).toBe('queued');
    await page.click('.corners [data-do=yours]');
    await expect.poll(() => page.innerText('.about span'), MAKING).toContain('third in line');
    await page.click('.print');
    await state(page, 'queue');
    expect(lab.server.calls.filter((call) => call.startsWith('POST'))).toEqual(['POST api/portraits', 'POST api/uploads']);
  });

  test('is left while it is being sent', async () => {
    lab.server.uploading = new Promise(() => undefined);
    const page = await lab.alive();
    await act(page, 'finer');
    await state(page, 'sending');
    await expect.poll(() => lab.server.sessions.size).toBe(1);
    await act(page, 'leave');
    await state(page, 'alive');
    expect(lab.server.sessions.size).toBe(0);
    expect(place(page, lab.server)).toBe('#portrait');
  });

  test('that cannot be loaded gives way to the first', async () => {
    const page = await lab.queued();
    lab.server.refusals.set('GET uploads/', { status: 500 });
    lab.server.set(lab.server.only, DONE);
    await state(page, 'finer');
    await ready(page);
    expect(await page.innerText('[data-do=first]')).toBe('Show the finer one');
    lab.server.refusals.clear();
    await act(page, 'first');
    await expect.poll(() => src(page)).toContain('frames.gaze');
    await ready(page);
  });

  test('leaves a new portrait alone: the one with a link stays in Yours', async () => {
    const page = await lab.queued();
    const id = lab.server.only;
    await act(page, 'ground');
    await state(page, 'cutout');
    expect(await news(page)).toContain('The one before is in Yours');
    expect(place(page, lab.server)).toBe('#portrait');
    expect((await remembered(page)).length).toBe(2);
    await page.goBack();
    await state(page, 'queue');
    expect(place(page, lab.server)).toBe(id);
    await choose(page, ASTRONAUT);
    await state(page, 'alive');
  });
});

// What the element does to the page around it, and what the page can ask of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { expectCell, TestBrowser, waitForEvent } from './browser.js';
import { PACKAGE } from './site.js';

const browser = new TestBrowser();
const FACE = '<gaze-tracker smoothing="1" style="width:300px" src="/fixtures/six/"></gaze-tracker>';

test('no attribute is added to the element by itself', async () => {
  const page = await browser.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  await page.mouse.move(900, 700);
  expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.getAttributeNames())).toEqual(['src']);
});

test('its parts and slots are those that its manifest names', async () => {
  const page = await browser.open('<gaze-tracker src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const found = await page.evaluate(() => {
    const root = document.querySelector('gaze-tracker')!.shadowRoot!;
    return { parts: [...root.querySelectorAll('[part]')].flatMap((each) => [...each.part]), slots: [...root.querySelectorAll('slot')].map(({ name }) => name) };
  });
  const { modules } = JSON.parse(readFileSync(join(PACKAGE, 'custom-elements.json'), 'utf8')) as { modules: { declarations?: Record<string, { name: string }[]>[] }[] };
  const { cssParts, slots } = modules[0]!.declarations![0]!;
  expect([...new Set(found.parts)].sort()).toEqual(cssParts!.map(({ name }) => name).sort());
  expect(found.slots).toEqual(slots!.map(({ name }) => name));
});

test('made in a template, imported from one, put into one and taken out: no exception, and styled', async () => {
  const page = await browser.open('');
  await page.waitForFunction(() => customElements.get('gaze-tracker'));
  const positions = await page.evaluate(() => {
    const template = document.createElement('template');
    template.innerHTML = '<gaze-tracker></gaze-tracker>';
    document.body.append(document.importNode(template.content, true), template.content.cloneNode(true), document.createElement('gaze-tracker'));
    template.content.append(document.createElement('gaze-tracker'), document.body.lastElementChild!);
    document.body.append(...template.content.children);
    return [...document.querySelectorAll('gaze-tracker')].map((face) => getComputedStyle(face).position);
  });
  expect(positions).toEqual(Array(5).fill('relative'));
});

describe('focus', () => {
  const active = (page: Page) => page.evaluate(() => document.activeElement!.localName);

  test('focus() and blur() work as on any element', async () => {
    const page = await browser.open(FACE);
    await page.evaluate(() => document.querySelector('gaze-tracker')!.focus());
    expect(await active(page)).toBe('gaze-tracker');
    await page.evaluate(() => document.querySelector('gaze-tracker')!.blur());
    expect(await active(page)).toBe('body');
  });

  test.each([['-1', 'body'], ['0', 'gaze-tracker']])('tabindex="%s" of the page counts', async (tabindex, reached) => {
    const page = await browser.open(`<gaze-tracker hide-controls tabindex="${tabindex}" smoothing="1" src="/fixtures/six/"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    await page.keyboard.press('Tab');
    expect(await active(page)).toBe(reached);
    await page.evaluate(() => document.querySelector('gaze-tracker')!.focus());
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate(() => document.querySelector('gaze-tracker')!.gaze.x)).toBeGreaterThan(0);
    // One stop, not two.
    await page.keyboard.press('Tab');
    expect(await active(page)).toBe('body');
  });

  test('what the page hides from screen readers takes no focus', async () => {
    const page = await browser.open('<gaze-tracker hide-controls aria-hidden="true" src="/fixtures/six/"></gaze-tracker>');
    await page.keyboard.press('Tab');
    expect(await active(page)).toBe('body');
  });
});

describe('whenReady', () => {
  test('is for those who come after the event too, and anew for each face', async () => {
    const page = await browser.open(FACE);
    await waitForEvent(page, 'ready');
    const details = await page.evaluate(async () => {
      const face = document.querySelector('gaze-tracker')!;
      const first = await face.whenReady;
      face.src = '/fixtures/twenty/';
      return [first.grid, (await face.whenReady).grid];
    });
    expect(details).toEqual([6, 20]);
  });

  test('waits for the next face while none has come', async () => {
    const page = await browser.open('<gaze-tracker></gaze-tracker>');
    const grid = page.evaluate(async () => (await document.querySelector('gaze-tracker')!.whenReady).grid);
    await page.evaluate(() => (document.querySelector('gaze-tracker')!.src = '/fixtures/twenty/'));
    expect(await grid).toBe(20);
  });

  test('rejects where there will be none, and nobody has to care', async () => {
    const page = await browser.open('<gaze-tracker src="/nowhere/frames.gaze"></gaze-tracker>');
    await waitForEvent(page, 'error');
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.whenReady.catch((error) => [error.name, error.code]))).toEqual(['GazeError', 'missing']);
    // Uncaught ones would fail this test.
    await page.evaluate(() => void document.querySelector('gaze-tracker')!.whenReady);
  });
});

describe('flags', () => {
  test.each([
    ['hide-controls', true], ['hidecontrols', true], ['hideControls', true], ['hide-controls="false"', false], ['hidecontrols="FALSE"', false], ['', false],
  ])('<gaze-tracker %s> hides its buttons: %s', async (attribute, hides) => {
    const page = await browser.open(`<gaze-tracker ${attribute} style="width:300px" src="/fixtures/six/"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    expect(await page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' }).isVisible()).toBe(!hides);
    expect(await page.evaluate(() => document.querySelector('gaze-tracker')!.hideControls)).toBe(hides);
  });

  test('as properties', async () => {
    const page = await browser.open('<gaze-tracker hidecontrols idle="false"></gaze-tracker>');
    expect(await page.evaluate(() => {
      const face = document.querySelector('gaze-tracker')!;
      const told: unknown[] = [face.idle, face.hideControls];
      for (const value of [true, false, 'false', 'true', ''] as unknown as boolean[]) {
        face.idle = face.hideControls = value;
        told.push([face.idle, face.hideControls]);
      }
      return told;
    })).toEqual([false, true, [true, true], [false, false], [false, false], [true, true], [true, true]]);
  });
});

describe('nobody listens', () => {
  async function said(page: Page, prepare: string): Promise<string[]> {
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && !/Failed to load resource/.test(message.text()) && errors.push(message.text())));
    await page.evaluate(`(() => { const face = document.querySelector('gaze-tracker'); ${prepare}; face.src = '/nowhere/frames.gaze'; })()`);
    await waitForEvent(page, 'error');
    return errors;
  }

  test('one sentence in the console', async () => {
    const page = await browser.open('<gaze-tracker></gaze-tracker>');
    const errors = await said(page, '');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^<gaze-tracker>: .*(404|nothing|not found)/i);
  });

  test.each([
    ['a listener', `face.addEventListener('error', () => undefined)`],
    ['a handler', `face.onerror = () => undefined`],
    ['a page that prevents it', `document.addEventListener('error', (event) => event.preventDefault(), true)`],
  ])('none where there is %s', async (_, prepare) => {
    const page = await browser.open('<gaze-tracker></gaze-tracker>');
    expect(await said(page, prepare)).toEqual([]);
  });
});

describe('controls', () => {
  test('are there once there is a face, and only where there is room', async () => {
    browser.site.route('/stalled/frames.gaze', () => undefined);
    const page = await browser.open(`<gaze-tracker id="waits" style="width:300px" src="/stalled/"></gaze-tracker>
      <gaze-tracker id="small" style="width:80px" src="/fixtures/six/"></gaze-tracker>`);
    await waitForEvent(page, 'ready', { on: 'small' });
    const isShown = (id: string) => page.locator(`#${id}`).getByRole('button', { name: 'Full screen' }).isVisible();
    expect([await isShown('waits'), await isShown('small')]).toEqual([false, false]);
    await page.evaluate(() => (document.getElementById('small')!.style.width = '300px'));
    await expect.poll(() => isShown('small')).toBe(true);
    await page.evaluate(() => (document.getElementById('small')!.style.width = '100px'));
    await expect.poll(() => isShown('small')).toBe(false);
  });

  test('a click on one follows no link and is no click on what the face is in', async () => {
    const page = await browser.open(`<a href="/elsewhere.html" onclick="clicked = true" onkeydown="0">${FACE}</a>`);
    await waitForEvent(page, 'ready');
    await page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' }).click();
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('gaze-tracker');
    await page.evaluate(() => document.exitFullscreen());
    await page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' }).press('Enter');
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('gaze-tracker');
    expect(await page.evaluate(() => [location.pathname, 'clicked' in window])).toEqual([new URL(page.url()).pathname, false]);
    // The picture itself is the link's.
    await page.evaluate(() => document.exitFullscreen());
    browser.site.route('/elsewhere.html', 'there');
    await page.mouse.click(40, 40);
    await page.waitForURL('**/elsewhere.html');
  });
});

describe('snapshot', () => {
  const read = async (options: string) => `(async () => {
    const blob = await document.querySelector('gaze-tracker').snapshot(${options});
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return { type: blob.type, width: bitmap.width, pixel: [...context.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data] };
  })()`;

  test.each([['with a worker', () => undefined], ['without', () => void Reflect.deleteProperty(window, 'Worker')]])('%s: the picture on screen, whenever it is asked for', async (_, before) => {
    const page = await browser.open('<gaze-tracker smoothing="1" src="/fixtures/six/"></gaze-tracker>', { before });
    // Before the first frame is there.
    expect(await page.evaluate(await read(''))).toMatchObject({ type: 'image/png', width: 64 });
    await waitForEvent(page, 'progress', { frames: 36 });
    await page.evaluate(() => document.querySelector('gaze-tracker')!.lookAt(1, -1));
    await expectCell(page, 6, 0, 5);
    const { type, pixel } = (await page.evaluate(await read(`{ type: 'image/jpeg', quality: 0.9 }`))) as { type: string; pixel: number[] };
    expect(type).toBe('image/jpeg');
    expect(pixel[0]).toBeGreaterThan(230);
    expect(pixel[1]).toBeLessThan(30);
  });

  test('of a rig, and none of a face that fails', async () => {
    const page = await browser.open('<gaze-tracker src="/fixtures/rig/portrait.gaze"></gaze-tracker>');
    expect(await page.evaluate(await read(''))).toMatchObject({ type: 'image/png' });
    expect(await page.evaluate(async () => {
      const face = document.querySelector('gaze-tracker')!;
      face.src = '/nowhere/frames.gaze';
      return face.snapshot().catch((error) => error.code);
    })).toBe('missing');
  });
});

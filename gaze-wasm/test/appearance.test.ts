// Size, placeholder, buttons, accessibility, sharpness.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TestBrowser, waitForEvent } from './browser.js';

const browser = new TestBrowser();

test('has a role and a label, which the page can override', async () => {
  const page = await browser.open('<gaze-tracker label="Ada" src="/fixtures/six/"></gaze-tracker><gaze-tracker role="presentation" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const session = await page.context().newCDPSession(page);
  const names = async () => {
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    return nodes.filter((node) => node.role?.value === 'image').map((node) => node.name?.value);
  };
  await expect.poll(names).toEqual(['Ada']);
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.label = 'Grace'));
  await expect.poll(names).toEqual(['Grace']);
});

test('takes its size from the frames, the attributes, or the page', async () => {
  const page = await browser.open(`<gaze-tracker id="a" src="/fixtures/six/"></gaze-tracker>
    <gaze-tracker id="b" width="128" height="160" src="/fixtures/six/"></gaze-tracker>
    <gaze-tracker id="c" style="width:200px" src="/fixtures/six/"></gaze-tracker>`);
  for (const id of ['a', 'b', 'c']) await waitForEvent(page, 'ready', { on: id });
  const size = (id: string) => page.evaluate((id) => { const { width, height } = document.getElementById(id)!.getBoundingClientRect(); return [width, height]; }, id);
  expect(await size('a')).toEqual([64, 80]);
  expect(await size('b')).toEqual([128, 160]);
  expect(await size('c')).toEqual([200, 250]);
});

test('shows what stands in it first', async () => {
  browser.site.route('/slow/frames.gaze', () => undefined);
  const page = await browser.open('<gaze-tracker src="/slow/frames.gaze"><b>portrait</b></gaze-tracker>');
  expect(await page.locator('b').isVisible()).toBe(true);
});

test('buttons: fullscreen there, gone with hide-controls, styled by part', async () => {
  const page = await browser.open('<style>gaze-tracker::part(fullscreen-button){background:rgb(1,2,3)}</style><gaze-tracker style="width:300px" src="/fixtures/six/"></gaze-tracker>');
  await waitForEvent(page, 'ready');
  const button = page.locator('gaze-tracker').getByRole('button', { name: 'Full screen' });
  expect(await button.evaluate((b) => getComputedStyle(b).backgroundColor)).toBe('rgb(1, 2, 3)');
  await button.click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.localName)).toBe('gaze-tracker');
  await page.evaluate(() => document.exitFullscreen());
  await page.evaluate(() => (document.querySelector('gaze-tracker')!.hideControls = true));
  expect(await button.isVisible()).toBe(false);
});

test.each([1, 2, 3])('is sharp at %d device pixels a CSS pixel', async (deviceScaleFactor) => {
  const page = await browser.open('<gaze-tracker style="width:32px" src="/fixtures/six/"></gaze-tracker>', { deviceScaleFactor });
  await waitForEvent(page, 'ready');
  // As many pixels as are shown, and no more than there are.
  const width = () => page.evaluate(async () => (await window.pixelsOf('gaze-tracker')).width);
  await expect.poll(width).toBe(Math.min(64, 32 * deviceScaleFactor));
});

describe('the caption', () => {
  const shown = (page: Page) => page.evaluate(() => {
    const { caption, shadowRoot } = document.querySelector('gaze-tracker')!;
    const label = shadowRoot!.querySelector<HTMLElement>('[part=caption]')!;
    return { caption, text: label.innerText, isVisible: label.checkVisibility() };
  });

  test('is not there, says what is made, or what the page says, as text', async () => {
    const page = await browser.open('<gaze-tracker style="width:300px" src="/fixtures/six/"></gaze-tracker>');
    await waitForEvent(page, 'ready');
    const set = (caption: string | boolean | undefined) => page.evaluate((caption) => {
      const face = document.querySelector('gaze-tracker')!;
      face.caption = caption;
      return face.getAttribute('caption');
    }, caption);
    const none = { caption: undefined, text: '', isVisible: false };
    expect(await shown(page)).toEqual(none);
    expect(await set(true)).toBe('');
    expect(await shown(page)).toEqual({ caption: 'AI-generated motion', text: 'AI-generated motion', isVisible: true });
    expect(await set('<i>moved</i> & shown')).toBe('<i>moved</i> & shown');
    expect(await shown(page)).toEqual({ caption: '<i>moved</i> & shown', text: '<i>moved</i> & shown', isVisible: true });
    for (const off of [false, undefined]) expect(await set(off)).toBe(null);
    expect(await shown(page)).toEqual(none);
    await page.evaluate(() => document.querySelector('gaze-tracker')!.setAttribute('caption', 'false'));
    expect(await shown(page)).toEqual(none);
  });

  test.each([140, 240, 400])('leaves the buttons and the clicks alone: %d px', async (width) => {
    const page = await browser.open(`<gaze-tracker caption="${'Many words '.repeat(6)}" style="width:${width}px" src="/fixtures/six/"></gaze-tracker>`);
    await waitForEvent(page, 'ready');
    const boxes = await page.evaluate(() => ['[part=caption]', '[part=controls]'].map((part) => {
      const { left, right, top, bottom } = document.querySelector('gaze-tracker')!.shadowRoot!.querySelector(part)!.getBoundingClientRect();
      return { left, right, top, bottom };
    }));
    const [caption, controls] = boxes as [DOMRect, DOMRect];
    expect(caption.right).toBeLessThan(controls.left);
    expect(caption.left).toBeGreaterThan(0);
    // What is clicked there is the face.
    const hit = await page.evaluate(([x, y]) => document.querySelector('gaze-tracker')!.shadowRoot!.elementFromPoint(x!, y!)?.className, [caption.left + 5, caption.bottom - 5]);
    expect(hit).toMatch(/^faces?$/);
  });

  test('is styled by part and told to screen readers', async () => {
    const page = await browser.open('<style>gaze-tracker::part(caption){inset:8px auto auto 8px}gaze-tracker{--gaze-caption-background:rgb(1,2,3)}</style><gaze-tracker caption style="width:300px" src="/fixtures/six/"></gaze-tracker>');
    await waitForEvent(page, 'ready');
    const caption = page.locator('gaze-tracker').getByText('AI-generated motion');
    expect(await caption.evaluate((label) => [getComputedStyle(label).backgroundColor, label.getBoundingClientRect().top])).toEqual(['rgb(1, 2, 3)', 8]);
    const image = page.locator('gaze-tracker').getByRole('img');
    expect(await image.evaluate((face) => (face.getRootNode() as ShadowRoot).getElementById(face.getAttribute('aria-describedby')!)?.textContent)).toBe('AI-generated motion');
    await page.evaluate(() => document.querySelector('gaze-tracker')!.removeAttribute('caption'));
    expect(await image.getAttribute('aria-describedby')).toBe(null);
  });
});

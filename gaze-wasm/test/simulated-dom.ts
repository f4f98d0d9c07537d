// The element in a DOM that is no browser: what tests of pages run in. There is no layout, no canvas, no worker there, and
// a face never becomes ready; but nothing may throw.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { GazeTracker } from '../web/element.js';

const DIST = join(import.meta.dirname, '..', 'dist');
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Tests of a file with that environment. Rejections that nobody handles fail a run by themselves. */
export function testSimulatedDom(): void {
  const exceptions: unknown[] = [];
  beforeAll(async () => {
    // What a custom element throws is reported to the window.
    addEventListener('error', ({ error, message }) => exceptions.push(error ?? message));
    const before = Object.getOwnPropertyNames(globalThis);
    await import(join(DIST, 'define.js'));
    expect(Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name))).toEqual([]);
  });

  test('this is no browser', () => {
    expect(document.createElement('canvas').getContext('2d')).toBe(null);
  });

  /** Does something with an element that is on the page, waits, and takes it away. */
  async function living(html: string, use: (face: GazeTracker) => unknown = () => undefined): Promise<void> {
    document.body.innerHTML = html;
    const face = document.querySelector<GazeTracker>('gaze-tracker')!;
    await use(face);
    await settled();
    expect(face.ready).toBe(false);
    face.remove();
    await settled();
    expect(exceptions.splice(0)).toEqual([]);
  }

  test('markup with and without a source, with all attributes, with content', async () => {
    await living('<gaze-tracker></gaze-tracker>');
    await living('<gaze-tracker src="/face/"></gaze-tracker>');
    await living('<gaze-tracker src="/portrait.gaze" loading="eager"></gaze-tracker>');
    await living('<gaze-tracker portrait="/me.jpg"></gaze-tracker>');
    await living(`<gaze-tracker src="/a.webp,/b.webp,/c.webp,/d.webp" mode="quadrants" grid="20" width="300" height="400" smoothing="1"
      memory="32" idle blink caption="Made by a machine" hide-controls label="Me"><img src="/me.jpg" alt=""></gaze-tracker>`);
  });

  test('made by a script, connected, moved, changed and removed', async () => {
    const face = document.createElement('gaze-tracker') as GazeTracker;
    face.src = '/face/';
    document.body.replaceChildren(face);
    await settled();
    const other = document.body.appendChild(document.createElement('section'));
    other.append(face);
    for (const [name, value] of Object.entries({ src: '/other/portrait.gaze', portrait: '/me.jpg', mode: 'single', grid: 20, width: 300, height: 400, smoothing: 1, memory: 32, idle: true, blink: true, caption: 'Made by a machine', hideControls: true, label: 'Me' })) {
      Reflect.set(face, name, value);
      expect(Reflect.get(face, name), name).toBe(value);
      await settled();
    }
    for (const name of face.getAttributeNames()) face.removeAttribute(name);
    await settled();
    face.src = new Blob(['no face']);
    await settled();
    face.remove();
    await settled();
    expect(exceptions.splice(0)).toEqual([]);
  });

  test('methods, properties and inputs', async () => {
    await living('<gaze-tracker src="/face/"></gaze-tracker><p></p>', async (face) => {
      face.lookAt(0.5, -0.5);
      face.lookAtElement(document.querySelector('p')!);
      face.follow();
      face.blinkOnce();
      face.pause();
      face.resume();
      face.focus();
      expect(typeof (await face.enableGyro())).toBe('boolean');
      expect(face.paused).toBe(false);
      expect(face.gaze).toEqual({ x: 0, y: 0 });
      // Not yet, and perhaps never.
      expect(await Promise.race([face.whenReady, face.snapshot(), settled()])).toBe(undefined);
      for (const button of face.shadowRoot!.querySelectorAll('button')) button.click();
      face.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
      document.dispatchEvent(new MouseEvent('pointermove', { clientX: 5, bubbles: true }));
      dispatchEvent(new Event('resize'));
      dispatchEvent(new Event('scroll'));
    });
  });

  test('a clone, and markup that is read while it is written', async () => {
    document.body.innerHTML = '<gaze-tracker src="/face/"></gaze-tracker>';
    document.body.append(document.body.firstElementChild!.cloneNode(true));
    await settled();
    document.body.replaceChildren();
    await settled();
    expect(exceptions.splice(0)).toEqual([]);
  });
}

// The picture on the wall: a photo at once, and the living face over it when its first frame is there.
import type { GazeTracker } from '../web/define.js';
import { find } from './find.js';
import { clearWall, paintWall } from './wall.js';

/** A larger photo is shown as a smaller copy, in pixels: decoded it would take 100 MB. */
const MAX_STILL_PIXELS = 25_000_000;
/** Width of that copy. */
const COPY_WIDTH = 1024;
/** How long the first face fades in over its photo, in milliseconds. */
const FADE_MS = 500;

/** A face that can be hung. */
export interface Hung {
  /** A file, or an address. */
  src: Blob | string;
  width: number;
  height: number;
  isCut: boolean;
  label: string;
  /** Glances round at rest. */
  isIdle?: boolean;
}

/** A photo as it is shown. */
export interface Still {
  element: HTMLImageElement | HTMLCanvasElement;
  width: number;
  height: number;
}

export class Hanging {
  readonly #picture = find('.picture');
  readonly #over = find('.over');
  #still: HTMLElement | undefined;
  /** The living face; it may still be on its way. */
  #tracker: GazeTracker | undefined;
  /** Ends the wait for the face that was on its way before. */
  #replaced = new AbortController();

  /** The face that is alive. */
  get tracker(): GazeTracker | undefined {
    return this.#tracker;
  }

  get picture(): HTMLElement {
    return this.#picture;
  }

  /** What lies over the picture. */
  get over(): HTMLElement {
    return this.#over;
  }

  /** Shows a photo in place of all else. */
  showStill({ element, width, height }: Still, alt: string): void {
    this.#replaced.abort();
    this.#tracker?.remove();
    this.#tracker = undefined;
    this.#still?.remove();
    if (element instanceof HTMLImageElement) element.alt = alt;
    else element.setAttribute('aria-label', alt);
    element.role = 'img';
    element.draggable = false;
    this.#still = element;
    this.#picture.prepend(element);
    this.#shape(width, height, false);
    paintWall(element);
  }

  /** Shows a face: over its photo, or in place of the face before. Resolves when it is alive; with false where another
   * picture was hung meanwhile. Rejects with the player's error. */
  async showFace(face: Hung): Promise<boolean> {
    this.#replaced.abort();
    const { signal } = (this.#replaced = new AbortController());
    const isNew = !this.#tracker;
    const tracker = (this.#tracker ??= this.#makeTracker());
    // Before anything loads, where nothing else has its shape.
    if (isNew && !this.#still) this.#shape(face.width, face.height, face.isCut);
    tracker.label = face.label;
    tracker.idle = face.isIdle ?? false;
    tracker.src = typeof face.src === 'string' ? face.src : { blob: face.src };
    if (!(await readyOf(tracker, signal))) return false;
    this.#shape(face.width, face.height, face.isCut);
    if (isNew) void this.#fadeIn(tracker);
    return true;
  }

  /** Takes the photo and the face down. The wall keeps its colour where the next picture brings its own. */
  clear(isWallKept = false): void {
    this.#replaced.abort();
    this.#tracker?.remove();
    this.#still?.remove();
    this.#tracker = this.#still = undefined;
    if (!isWallKept) clearWall();
  }

  #makeTracker(): GazeTracker {
    const tracker = document.createElement('gaze-tracker');
    tracker.hideControls = true;
    tracker.blink = true;
    tracker.className = 'coming';
    this.#over.before(tracker);
    return tracker;
  }

  /** The photo goes when the face covers it. */
  async #fadeIn(tracker: GazeTracker): Promise<void> {
    tracker.classList.remove('coming');
    const still = this.#still;
    this.#still = undefined;
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still && !isCalm) await tracker.animate({ opacity: [0, 1] }, { duration: FADE_MS }).finished.catch(() => undefined);
    still?.remove();
  }

  #shape(width: number, height: number, isCut: boolean): void {
    this.#picture.style.setProperty('--r', String(width / height));
    this.#picture.classList.toggle('lying', width > height);
    this.#picture.classList.toggle('cut', isCut);
  }
}

/** The photo that a file holds; none where the browser cannot show it. */
export async function stillOf(photo: Blob): Promise<Still | undefined> {
  const url = URL.createObjectURL(photo);
  const image = new Image();
  try {
    image.src = url;
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    });
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width * height <= MAX_STILL_PIXELS) {
      await image.decode();
      return { element: image, width, height };
    }
    const bitmap = await createImageBitmap(photo, { imageOrientation: 'from-image', resizeWidth: COPY_WIDTH });
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return { element: canvas, width, height };
  } catch {
    // Reading it for its faces will say why.
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Waits until the face that was just set is on screen; false where another was set before. */
function readyOf(tracker: GazeTracker, replaced: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const { signal } = end;
    replaced.addEventListener('abort', () => { end.abort(); resolve(false); }, { signal });
    tracker.addEventListener('ready', () => { end.abort(); resolve(true); }, { signal });
    tracker.addEventListener('error', ({ error, message }) => {
      if (error?.fatal === false) return;
      end.abort();
      reject(new Error(message));
    }, { signal });
  });
}

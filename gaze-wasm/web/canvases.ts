// The canvas of the face that plays, and that of the face before it until one has faded into the other.

export class FaceCanvases {
  readonly #place: Element;
  #current = newCanvas();
  #kept: HTMLCanvasElement | undefined;

  /** For a place that is empty: puts a canvas in it, which is hidden. */
  constructor(place: Element) {
    this.#place = place;
    place.append(this.#current);
  }

  /** Puts a canvas in place that nothing has drawn on. It is hidden. */
  renew(): HTMLCanvasElement {
    const fresh = newCanvas();
    this.#current.replaceWith(fresh);
    return (this.#current = fresh);
  }

  /** Shows the canvas, which fades in where another was kept. Resolves when that one has faded out. */
  async show(): Promise<void> {
    this.#current.hidden = false;
    if (!this.#kept) return;
    this.#kept.classList.add('goes');
    this.#current.classList.add('comes');
    // There are none under reduced motion, or where the element is not displayed.
    await Promise.allSettled(this.#kept.getAnimations().map(({ finished }) => finished));
  }

  /** Keeps what is shown on screen until `drop`, behind the canvas that comes next. */
  keep(): void {
    this.#kept?.remove();
    this.#kept = this.#current;
    this.#current = newCanvas();
    this.#place.prepend(this.#current);
  }

  /** Takes away what was kept. */
  drop(): void {
    this.#kept?.remove();
    this.#kept = undefined;
    this.#current.classList.remove('comes');
  }
}

function newCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('part', 'canvas');
  canvas.hidden = true;
  return canvas;
}

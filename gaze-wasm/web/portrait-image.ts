// What is on screen before the first frame: the portrait that lies beside the files of a face. It has a background, so a
// cut-out goes without.

export class PortraitImage {
  readonly #put: (image: HTMLImageElement | undefined) => void;
  readonly #onSize: (width: number, height: number) => void;
  #image: HTMLImageElement | undefined;
  #isAllowed = false;

  /** `put` brings an image on screen, or takes it away. `onSize` hears of its size before, in pixels. */
  constructor(put: (image: HTMLImageElement | undefined) => void, onSize: (width: number, height: number) => void) {
    this.#put = put;
    this.#onSize = onSize;
  }

  /** Loads the first of these that is there, for when it may be seen. */
  load([first, ...rest]: readonly string[]): void {
    if (!first) return;
    const image = new Image();
    image.alt = '';
    image.onload = () => {
      this.#onSize(image.naturalWidth, image.naturalHeight);
      this.#show();
    };
    image.onerror = () => this.load(rest);
    image.src = first;
    this.#image = image;
  }

  /** It may be seen from now on. */
  allow(): void {
    this.#isAllowed = true;
    this.#show();
  }

  /** Takes it away for good. */
  drop(): void {
    const image = this.#image;
    if (image) {
      image.onload = image.onerror = null;
      // What is still on its way is of no use.
      image.removeAttribute('src');
    }
    this.#image = undefined;
    this.#isAllowed = false;
    this.#put(undefined);
  }

  #show(): void {
    if (this.#isAllowed && this.#image?.complete && this.#image.naturalWidth) this.#put(this.#image);
  }
}

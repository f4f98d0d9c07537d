// What is on screen before the first frame: the portrait that lies beside the files of a face. It has a background, so a
// cut-out goes without.

export class PortraitImage {
  #image: HTMLImageElement | undefined;
  #isAllowed = false;

  /** `put` brings an image on screen, or takes it away. `onSize` hears of its size before, in pixels. */
  constructor(
    readonly put: (image: HTMLImageElement | undefined) => void,
    readonly onSize: (width: number, height: number) => void,
  ) {}

  /** Loads the first of these that is there, for when it may be seen. */
  load([first, ...rest]: readonly string[]): void {
    if (!first) return;
    const image = new Image();
    this.#image = image;
    image.alt = '';
    image.onload = () => {
      if (image !== this.#image) return;
      this.onSize(image.naturalWidth, image.naturalHeight);
      if (this.#isAllowed) this.put(image);
    };
    image.onerror = () => image === this.#image && this.load(rest);
    image.src = first;
  }

  /** It may be seen from now on. */
  allow(): void {
    this.#isAllowed = true;
    if (this.#image?.naturalWidth) this.put(this.#image);
  }

  /** Takes it away for good. */
  drop(): void {
    this.#image = undefined;
    this.#isAllowed = false;
    this.put(undefined);
  }
}

// What is on screen before the first frame: the portrait that lies beside the files of a face. It has a background; beside those of
// a cut-out lies another one, which is transparent.

export class PortraitImage {
  #image: HTMLImageElement | undefined;
  #isAllowed = false;
  /** Where the one of a cut-out may be, until it is known whether the face is one. */
  #clear: readonly string[] | undefined;

  /** `put` brings an image on screen, or takes it away. `onSize` hears of its size before, in pixels. */
  constructor(
    readonly put: (image: HTMLImageElement | undefined) => void,
    readonly onSize: (width: number, height: number) => void,
  ) {}

  /** Loads the first of these that is there, for when it may be seen. `clear`: in their place, where the face is a cut-out. */
  load(addresses: readonly string[], clear?: readonly string[]): void {
    this.#clear = clear;
    this.#try(addresses);
  }

  #try([first, ...rest]: readonly string[]): void {
    this.#image = undefined;
    if (!first) return;
    const image = new Image();
    this.#image = image;
    image.alt = '';
    image.onload = () => {
      if (image !== this.#image) return;
      this.onSize(image.naturalWidth, image.naturalHeight);
      if (this.#isAllowed) this.put(image);
    };
    image.onerror = () => image === this.#image && this.#try(rest);
    image.src = first;
  }

  /** It may be seen from now on, that of a cut-out where the face is one. */
  allow(isCutOut = false): void {
    this.#isAllowed = true;
    if (isCutOut && this.#clear) {
      this.#try(this.#clear);
      this.#clear = undefined;
    }
    if (this.#image?.naturalWidth) this.put(this.#image);
  }

  /** Takes it away for good. */
  drop(): void {
    this.#image = this.#clear = undefined;
    this.#isAllowed = false;
    this.put(undefined);
  }
}

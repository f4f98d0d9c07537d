// The row of buttons on the picture: full screen, and a phone's tilt where that must be asked for.
import type { ShadowParts } from './shadow.js';
import { hasTilt, mustAskForTilt } from './steering.js';

/** On a face of which a side is shorter than this, in CSS pixels, a button would hide more than it gives. */
const LEAST_SIDE = 140;

export class Controls {
  readonly #host: HTMLElement;
  readonly #parts: ShadowParts;
  #isTiltGranted = false;

  constructor(host: HTMLElement, parts: ShadowParts, onTilt: () => void) {
    this.#host = host;
    this.#parts = parts;
    parts.fullscreenButton.addEventListener('click', () => void this.#toggleFullscreen());
    parts.gyroButton.addEventListener('click', onTilt);
    parts.controls.addEventListener('click', (event) => {
      // Neither the link that the face is in nor whatever else takes clicks there is meant.
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Nobody has to be asked for the tilt any more. */
  grantTilt(): void {
    this.#isTiltGranted = true;
    this.#parts.gyroButton.hidden = true;
  }

  /** Shows the buttons that are of use, if any may be shown at all. */
  update(isAllowed: boolean): void {
    const { controls, fullscreenButton, gyroButton } = this.#parts;
    const document = this.#host.ownerDocument;
    fullscreenButton.hidden = !document.fullscreenEnabled;
    gyroButton.hidden = this.#isTiltGranted || !(hasTilt() && mustAskForTilt());
    const { clientWidth, clientHeight } = this.#host;
    controls.hidden = !isAllowed || Math.min(clientWidth, clientHeight) < LEAST_SIDE;
  }

  async #toggleFullscreen(): Promise<void> {
    const host = this.#host;
    const isOpen = (host.getRootNode() as Document | ShadowRoot).fullscreenElement === host;
    // Where a DOM knows no full screen, the button is hidden, but may still be clicked.
    const change = isOpen ? host.ownerDocument.exitFullscreen() : host.requestFullscreen?.();
    await change?.catch(() => undefined);
  }
}

// Choosing a part of a photo: a box over it, which is dragged, or comes to where one taps; sliders for its size and, where
// the face was not found, its place.
import type { Box } from '../web/generate/index.js';

/** Width by height of what is kept. */
const RATIO = 0.8;
/** Widths of the box, in longer sides of the face: what is proposed, and the least. */
const PROPOSED = 2.6;
const LEAST = 1.5;
/** How far above the middle of the box the face is. */
const FACE_AT = 0.42;

interface Size {
  width: number;
  height: number;
}

export class CropBox {
  readonly #photo: Size;
  readonly #box = document.createElement('div');
  readonly #ranges: Map<string, HTMLInputElement>;
  /** Width of the box, and the middle of the face in it, in the photo's pixels. */
  #width: number;
  #middle: { x: number; y: number };

  /** Lies over a photo of this size. `ranges` are the sliders by name, in a hundred: `reach`, and `across` and `down` where
   * the place is chosen by them as well. */
  constructor(over: HTMLElement, ranges: readonly HTMLInputElement[], photo: Size, face: Box | undefined) {
    this.#photo = photo;
    this.#ranges = new Map(ranges.map((range) => [range.name, range]));
    const unit = face && Math.max(face.width, face.height);
    this.#width = this.#limited(unit ? unit * PROPOSED : this.#most / 2, unit ? unit * LEAST : this.#most * 0.15);
    this.#middle = face ? { x: face.x + face.width / 2, y: face.y + face.height / 2 } : { x: photo.width / 2, y: photo.height * FACE_AT };
    const cropper = document.createElement('div');
    cropper.className = 'cropper';
    this.#box.className = 'crop';
    cropper.append(this.#box);
    over.replaceChildren(cropper);
    const least = Math.ceil(Math.min(90, ((unit ? unit * LEAST : this.#most * 0.15) / this.#most) * 100));
    const reach = this.#ranges.get('reach');
    if (reach) reach.min = String(least);
    this.#showRanges();
    for (const range of ranges) range.addEventListener('input', () => this.#readRanges());
    this.#listen(cropper);
    this.#show();
  }

  /** What is kept, in whole pixels of the photo. */
  get part(): Box {
    const [width, height] = [this.#width, this.#width / RATIO];
    const at = (middle: number, length: number, all: number, share: number) => Math.min(all - length, Math.max(0, middle - length * share));
    const x = at(this.#middle.x, width, this.#photo.width, 0.5);
    const y = at(this.#middle.y, height, this.#photo.height, FACE_AT);
    return { x: Math.round(x), y: Math.round(y), width: Math.floor(width), height: Math.floor(height) };
  }

  get #most(): number {
    return Math.min(this.#photo.width, this.#photo.height * RATIO);
  }

  #limited(width: number, least: number): number {
    return Math.min(this.#most, Math.max(width, least));
  }

  #listen(cropper: HTMLElement): void {
    let held: { x: number; y: number } | undefined;
    const at = (event: PointerEvent) => {
      const room = cropper.getBoundingClientRect();
      return { x: ((event.clientX - room.x) / room.width) * this.#photo.width, y: ((event.clientY - room.y) / room.height) * this.#photo.height };
    };
    cropper.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      cropper.setPointerCapture(event.pointerId);
      const place = at(event);
      // Beside the box: it comes here.
      if (event.target !== this.#box) this.#moveTo(place);
      held = { x: place.x - this.#middle.x, y: place.y - this.#middle.y };
    });
    cropper.addEventListener('pointermove', (event) => {
      if (!held || !cropper.hasPointerCapture(event.pointerId)) return;
      const place = at(event);
      this.#moveTo({ x: place.x - held.x, y: place.y - held.y });
    });
    cropper.addEventListener('lostpointercapture', () => (held = undefined));
  }

  #moveTo({ x, y }: { x: number; y: number }): void {
    this.#middle = { x: Math.min(this.#photo.width, Math.max(0, x)), y: Math.min(this.#photo.height, Math.max(0, y)) };
    this.#showRanges();
    this.#show();
  }

  #readRanges(): void {
    const share = (name: string) => Number(this.#ranges.get(name)?.value) / 100;
    this.#width = share('reach') * this.#most;
    if (this.#ranges.has('across')) this.#middle.x = share('across') * this.#photo.width;
    if (this.#ranges.has('down')) this.#middle.y = share('down') * this.#photo.height;
    this.#show();
  }

  #showRanges(): void {
    const shares = { reach: this.#width / this.#most, across: this.#middle.x / this.#photo.width, down: this.#middle.y / this.#photo.height };
    for (const [name, share] of Object.entries(shares)) {
      const range = this.#ranges.get(name);
      if (range) range.value = String(Math.round(share * 100));
    }
  }

  #show(): void {
    const { x, y, width, height } = this.part;
    const shares = { '--x': x / this.#photo.width, '--y': y / this.#photo.height, '--w': width / this.#photo.width, '--t': height / this.#photo.height };
    for (const [name, share] of Object.entries(shares)) this.#box.style.setProperty(name, `${share * 100}%`);
  }
}

// Choosing one of several faces: native radios over the photo, numbered from left to right.
import type { Box } from '../web/generate/index.js';
import { countOf } from './words.js';

/** Smaller than this share of the largest, a face is taken for somebody in the background. */
const NOTABLE_SHARE = 0.5;

/** Whether it is unclear who is meant. */
export function isUnclear(faces: readonly Box[]): boolean {
  const [largest, second] = faces.map(({ width, height }) => Math.max(width, height));
  return largest !== undefined && second !== undefined && second >= largest * NOTABLE_SHARE;
}

/** Lays radios over a photo of this size. `onTaken` is told of a click, which chooses and takes. */
export function layOver(over: HTMLElement, faces: readonly Box[], size: { width: number; height: number }, chosen: number, onTaken: () => void): void {
  const set = document.createElement('fieldset');
  set.className = 'pick';
  const legend = document.createElement('legend');
  legend.className = 'unseen';
  legend.textContent = 'Faces in this photo';
  const ordered = [...faces.entries()].sort(([, a], [, b]) => a.x + a.width / 2 - b.x - b.width / 2);
  const choices = ordered.map(([index, face], place) => {
    const choice = document.createElement('label');
    choice.dataset.n = String(place + 1);
    const percent = { '--x': face.x / size.width, '--y': face.y / size.height, '--w': face.width / size.width, '--t': face.height / size.height };
    for (const [name, share] of Object.entries(percent)) choice.style.setProperty(name, `${share * 100}%`);
    const input = document.createElement('input');
    input.type = 'radio';
    input.name = 'face';
    input.value = String(index);
    input.checked = index === chosen;
    input.ariaLabel = `Face ${place + 1} of ${faces.length}, from the left`;
    choice.append(input);
    // Arrow keys click as well, but nowhere: they only choose.
    choice.addEventListener('click', (event) => {
      if (event.target === input && event.detail > 0) onTaken();
    });
    return choice;
  });
  set.append(legend, ...choices);
  over.replaceChildren(set);
}

/** Index of the face that is chosen. */
export function chosenIn(over: HTMLElement): number {
  return Number(over.querySelector<HTMLInputElement>('input:checked')?.value ?? 0);
}

/** How many there are, in a sentence. */
export function countSentence(faces: readonly Box[]): string {
  return `There are ${countOf(faces.length)} faces here.`;
}

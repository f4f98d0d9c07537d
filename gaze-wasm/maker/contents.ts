// What the captions say of a portrait that was made.
import type { GenerateWarning } from '../web/generate/index.js';
import { fill, part } from './captions.js';
import { countSentence } from './faces.js';
import { playerFile } from './saving.js';
import { snippet, type Shape } from './snippet.js';
import { countOf, noteOf, sizeOf } from './words.js';
import type { Work } from './work.js';

/** Fills in whatever the caption that is up has room for. */
export function fillCaption(work: Work): void {
  if (!work.made) return;
  const { face, page, seconds } = work.made;
  fill({
    count: countSentence(face.faces),
    say: `Made in your browser in ${seconds.toFixed(1)} seconds. The photo has not left this page.`,
    size: sizeOf(face.blob.size),
    'page-size': sizeOf(page.size),
    'player-size': sizeOf(playerFile().size),
    number: countOf(face.faces.length),
  });
  part('notes')?.replaceChildren(...notesOf(work, face.warnings));
  const others = part('others');
  if (others) others.hidden = face.faces.length < 2;
  checkRadios(work);
}

/** Checks the radios of what is wished for. */
export function checkRadios({ wishes }: Work): void {
  for (const [name, value] of Object.entries(wishes)) {
    const radio = document.querySelector<HTMLInputElement>(`.label input[name="${name}"][value="${value}"]`);
    if (radio) radio.checked = true;
  }
}

/** Writes the code for the shape that is chosen, and shows the portrait in that shape. */
export function writeSnippet(picture: HTMLElement, { position }: Work): void {
  const code = document.querySelector('.label .code');
  const shape = (document.querySelector<HTMLInputElement>('.label input[name=shape]:checked')?.value ?? '') as Shape;
  if (code) code.textContent = snippet(shape, position);
  shapePicture(picture, code ? shape : '');
  picture.style.setProperty('--position', position);
}

function shapePicture(picture: HTMLElement, shape: Shape): void {
  for (const other of ['square', 'round']) picture.classList.toggle(other, shape === other);
}

/** What may look wrong, as items of a list. */
function notesOf({ wishes }: Work, warnings: readonly GenerateWarning[]): HTMLLIElement[] {
  return warnings.flatMap((warning) => {
    const note = noteOf(warning);
    if (note === undefined) return [];
    const item = document.createElement('li');
    item.textContent = note;
    if (warning.kind === 'small-face' && wishes.crop === 'none') {
      const closer = document.createElement('button');
      Object.assign(closer, { type: 'button', className: 'word', textContent: 'Come closer' });
      closer.dataset.do = 'closer';
      item.append(' ', closer);
    }
    return [item];
  });
}

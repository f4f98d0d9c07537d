// What the captions say of a portrait that was made.
import { fill, part } from '../portrait-page/captions.js';
import { countSentence } from '../portrait-page/faces.js';
import { notesOf } from '../portrait-page/notes.js';
import type { Made, Work } from '../portrait-page/work.js';
import { countOf, sizeOf } from '../portrait-page/words.js';
import { playerFile } from './carried.js';

/** A face, and the page that shows it, as a file. */
export interface MadePage extends Made {
  page: Blob;
}

/** Fills in whatever the caption that is up has room for. */
export function fillCaption(work: Work<MadePage>): void {
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
  part('notes')?.replaceChildren(...notesOf(face.warnings, work.wishes.crop === 'none'));
  const others = part('others');
  if (others) others.hidden = face.faces.length < 2;
  checkRadios(work);
}

/** Checks the radios of what is wished for. */
function checkRadios({ wishes }: Work<MadePage>): void {
  for (const [name, value] of Object.entries(wishes)) {
    const radio = document.querySelector<HTMLInputElement>(`.label input[name="${name}"][value="${value}"]`);
    if (radio) radio.checked = true;
  }
}

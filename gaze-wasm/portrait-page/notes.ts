// What may look wrong with a portrait, as items of a list.
import type { GenerateWarning } from '../web/generate/index.js';
import { noteOf } from './words.js';

/** `isCloserPossible`: a distant face may be looked at closer up. */
export function notesOf(warnings: readonly GenerateWarning[], isCloserPossible: boolean): HTMLLIElement[] {
  return warnings.flatMap((warning) => {
    const note = noteOf(warning);
    if (note === undefined) return [];
    const item = document.createElement('li');
    item.textContent = note;
    if (warning.kind === 'distant-face' && isCloserPossible) {
      const closer = document.createElement('button');
      Object.assign(closer, { type: 'button', className: 'word', textContent: 'Come closer' });
      closer.dataset.do = 'closer';
      item.append(' ', closer);
    }
    return [item];
  });
}

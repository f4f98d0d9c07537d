// Sentences and figures for people.
import type { GenerateStage, GenerateWarning } from '../web/generate/index.js';

/** What is being done. */
export const STEPS: Record<GenerateStage, string> = {
  loading: 'Unpacking what it takes.',
  reading: 'Reading the photo.',
  finding: 'Finding the eyes.',
  preparing: 'Learning how it turns.',
  storing: 'Almost there.',
};

/** How much is done when a step begins, in a hundred. */
export const STEP_STARTS: Record<GenerateStage, number> = { loading: 2, reading: 12, finding: 20, preparing: 45, storing: 88 };

const NOTES: Record<string, string> = {
  'closed-eyes': 'The eyes are closed or nearly so, and will hardly move. A photo with open eyes works better.',
  'turned-head': 'It is turned away, so it moves less, and the far eye may look wrong.',
  'doubtful-face': 'This may not be a human face. Look closely before you keep it.',
  'small-face': 'The face is small. A larger photo of it will show its eyes move.',
  'distant-face': 'The face is small here. Closer up, you will see its eyes move.',
  'turned-picture': 'The photo does not stand upright. Turned upright, it makes a better portrait.',
};

/** What may look wrong, in a sentence; none for what the page says otherwise. */
export function noteOf({ kind, message }: GenerateWarning): string | undefined {
  return kind === 'several-faces' ? undefined : (NOTES[kind] ?? sentence(message));
}

/** A message as a sentence. */
export function sentence(message: string): string {
  const text = message.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** A size in bytes, as people read it. */
export function sizeOf(bytes: number): string {
  return bytes < 999_500 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A small number in a sentence. */
export function countOf(number: number): string {
  return ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'][number] ?? String(number);
}

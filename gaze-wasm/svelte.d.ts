// Types of <gaze-tracker> in Svelte 5: `import type {} from 'gaze-tracker/svelte'`.
import type { HTMLAttributes } from 'svelte/elements';
import type { GazeTracker, GazeTrackerHandlers, GazeTrackerOwnAttributes } from './dist/types/jsx.js';
// What `bind:this` gives.
import type {} from './dist/types/define.js';

type Own = GazeTrackerOwnAttributes & GazeTrackerHandlers;

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'gaze-tracker': Omit<HTMLAttributes<GazeTracker>, keyof Own> & { [Name in keyof Own]?: Own[Name] | null };
  }
}

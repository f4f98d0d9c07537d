// Types of <gaze-tracker> in Preact: `import type {} from 'gaze-tracker/preact'`.
import type { HTMLAttributes } from 'preact';
import type { GazeTracker, GazeTrackerHandlers, GazeTrackerOwnAttributes } from './dist/types/jsx.js';

type Own = GazeTrackerOwnAttributes & GazeTrackerHandlers;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'gaze-tracker': Omit<HTMLAttributes<GazeTracker>, keyof Own> & Own;
    }
  }
}

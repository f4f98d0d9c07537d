// Types of <gaze-tracker> in React 19: `import type {} from 'gaze-tracker/react'`.
import type { ClassAttributes, HTMLAttributes } from 'react';
import type { GazeTracker, GazeTrackerHandlers, GazeTrackerOwnAttributes } from './dist/types/jsx.js';

/** React listens to an element like this under the very name that stands behind `on`, so `onReady` never comes; nor do
 * `onError` and `onProgress`, which it keeps for elements of its own. */
type Unheard = 'onError' | 'onProgress';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'gaze-tracker': ClassAttributes<GazeTracker> &
        Omit<HTMLAttributes<GazeTracker>, Unheard | keyof GazeTrackerOwnAttributes> &
        GazeTrackerOwnAttributes &
        GazeTrackerHandlers & { class?: string | undefined };
    }
  }
}

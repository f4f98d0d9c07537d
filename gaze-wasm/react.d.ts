// Completion for <gaze-tracker> in React 19: `import type {} from 'gaze-tracker/react'`.
import type { GazeTrackerAttributes } from './dist/types/jsx.js';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'gaze-tracker': GazeTrackerAttributes;
    }
  }
}

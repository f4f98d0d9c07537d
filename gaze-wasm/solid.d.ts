// Types of <gaze-tracker> in Solid: `import type {} from 'gaze-tracker/solid'`.
import type { JSX } from 'solid-js';
import type { GazeTrackerEventMap } from './dist/types/events.js';
import type { GazeTracker, GazeTrackerHandlers, GazeTrackerOwnAttributes } from './dist/types/jsx.js';

type Listeners = {
  [Name in keyof GazeTrackerEventMap as `on:${Name}`]?: ((event: GazeTrackerEventMap[Name]) => void) | undefined;
};
type Own = GazeTrackerOwnAttributes & GazeTrackerHandlers & Listeners & { 'prop:src'?: GazeTrackerOwnAttributes['src'] };

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      'gaze-tracker': Omit<JSX.HTMLAttributes<GazeTracker>, keyof Own> & Own;
    }
  }
}

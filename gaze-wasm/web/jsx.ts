// Attributes for JSX. React 19 and Vue: see react.d.ts and vue.d.ts of this package.
import type { FaceFile } from './attributes.js';
import type { GazeTracker } from './element.js';

/** Attributes of `<gaze-tracker>` in JSX and templates. */
export interface GazeTrackerAttributes {
  src?: string | FaceFile;
  portrait?: string;
  mode?: 'quadrants' | 'single';
  grid?: number | string;
  width?: number | string;
  height?: number | string;
  smoothing?: number | string;
  memory?: number | string;
  'max-fps'?: number | string;
  maxFps?: number;
  idle?: boolean;
  'hide-controls'?: boolean;
  hideControls?: boolean;
  label?: string;
  id?: string;
  class?: string;
  className?: string;
  style?: unknown;
  slot?: string;
  tabindex?: number | string;
  tabIndex?: number;
  children?: unknown;
  ref?: unknown;
  key?: string | number;
  onready?: (event: import('./events.js').GazeTrackerEventMap['ready']) => void;
  onprogress?: (event: import('./events.js').GazeTrackerEventMap['progress']) => void;
  ongazechange?: (event: import('./events.js').GazeTrackerEventMap['gazechange']) => void;
  onerror?: (event: import('./events.js').GazeTrackerEventMap['error']) => void;
}

export type { GazeTracker };

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace JSX {
    interface IntrinsicElements {
      'gaze-tracker': GazeTrackerAttributes;
    }
  }
}

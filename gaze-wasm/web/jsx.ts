// Attributes for JSX and templates. React, Preact, Solid, Vue and Svelte: see the .d.ts files of this package, which merge
// these with what each lets all HTML elements have.
import type { FaceFile } from './attributes.js';
import type { GazeTracker } from './element.js';
import type { GazeTrackerEventMap } from './events.js';

/** One that is there or not. HTML has only text: of that, `false` is off and all else on. */
type Switch = boolean | '' | 'true' | 'false' | undefined;

/** The attributes that `<gaze-tracker>` has besides those of all HTML elements. */
export interface GazeTrackerOwnAttributes {
  src?: string | FaceFile | undefined;
  portrait?: string | undefined;
  mode?: 'quadrants' | 'single' | undefined;
  grid?: number | string | undefined;
  width?: number | string | undefined;
  height?: number | string | undefined;
  smoothing?: number | string | undefined;
  memory?: number | string | undefined;
  'max-fps'?: number | string | undefined;
  maxFps?: number | string | undefined;
  maxfps?: number | string | undefined;
  loading?: 'lazy' | 'eager' | undefined;
  idle?: Switch;
  blink?: Switch;
  caption?: string | boolean | undefined;
  'hide-controls'?: Switch;
  hideControls?: Switch;
  hidecontrols?: Switch;
  label?: string | undefined;
}

/** Handlers of its events as JSX and Svelte spell them, all in lower case: `onready`. */
export type GazeTrackerHandlers = {
  [Name in keyof GazeTrackerEventMap as `on${Name}`]?: ((event: GazeTrackerEventMap[Name]) => void) | undefined;
};

/** Attributes of `<gaze-tracker>` for libraries that read the global JSX namespace. */
export interface GazeTrackerAttributes extends GazeTrackerOwnAttributes, GazeTrackerHandlers {
  id?: string | undefined;
  class?: string | undefined;
  className?: string | undefined;
  dir?: string | undefined;
  hidden?: boolean | undefined;
  lang?: string | undefined;
  role?: string | undefined;
  slot?: string | undefined;
  style?: unknown;
  tabindex?: number | string | undefined;
  tabIndex?: number | undefined;
  title?: string | undefined;
  onclick?: ((event: MouseEvent) => void) | undefined;
  onClick?: ((event: MouseEvent) => void) | undefined;
  children?: unknown;
  ref?: unknown;
  key?: string | number | undefined;
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

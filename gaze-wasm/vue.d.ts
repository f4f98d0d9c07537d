// Types of <gaze-tracker> in Vue's templates: `import type {} from 'gaze-tracker/vue'`.
import type { HTMLAttributes, PublicProps } from 'vue';
import type { GazeTrackerEventMap } from './dist/types/events.js';
import type { GazeTracker, GazeTrackerOwnAttributes } from './dist/types/jsx.js';

/** As Vue spells `@ready`. */
type Handlers = {
  [Name in keyof GazeTrackerEventMap as `on${Capitalize<Name>}`]?: ((event: GazeTrackerEventMap[Name]) => void) | undefined;
};

/** Vue reads `data-face` as `dataFace`. */
type Data = Record<`data${Capitalize<string>}`, unknown>;

declare module 'vue' {
  interface GlobalComponents {
    'gaze-tracker': new () => GazeTracker & {
      $props: PublicProps & Omit<HTMLAttributes, keyof Handlers | keyof GazeTrackerOwnAttributes> & GazeTrackerOwnAttributes & Handlers & Data;
    };
  }
}

// Completion for <gaze-tracker> in Vue's templates: `import type {} from 'gaze-tracker/vue'`.
import type { DefineComponent } from 'vue';
import type { GazeTrackerAttributes } from './dist/types/jsx.js';

declare module 'vue' {
  interface GlobalComponents {
    'gaze-tracker': DefineComponent<GazeTrackerAttributes>;
  }
}

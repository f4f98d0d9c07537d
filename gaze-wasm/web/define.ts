// Defines <gaze-tracker>: the one import with a side effect. Harmless on a server and when repeated.
import { GazeTracker } from './element.js';

if (globalThis.customElements && !customElements.get('gaze-tracker')) {
  customElements.define('gaze-tracker', GazeTracker);
}

declare global {
  interface HTMLElementTagNameMap {
    'gaze-tracker': GazeTracker;
  }
}

export * from './index.js';

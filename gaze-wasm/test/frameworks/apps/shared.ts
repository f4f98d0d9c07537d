// What the apps of all frameworks share: what they start with, and what they tell the test.
import type { FaceFile } from 'gaze-tracker';

export interface State {
  src: string | FaceFile;
  idle: boolean;
  hideControls: boolean;
  label: string;
  /** Whether the element is there at all. */
  shown: boolean;
}

export const START: State = { src: '/fixtures/twenty/', idle: true, hideControls: true, label: 'One', shown: true };

declare global {
  interface Window {
    /** What handlers and promises have told. */
    heard: string[];
    /** Changes what the app shows. */
    change(part: Partial<State>): void;
  }
}

export function hear(what: string): void {
  (window.heard ??= []).push(what);
}

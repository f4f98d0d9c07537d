// Libraries that read the global JSX namespace. Compiled, never run.
import type { GazeTrackerAttributes } from 'gaze-tracker/jsx';

const attributes: GazeTrackerAttributes = { src: '/face/', grid: 20, memory: '32' };

export const tag = <gaze-tracker {...attributes} idle hidden title="Me" onclick={() => undefined} onprogress={({ detail }) => console.log(detail.loaded)} />;
// @ts-expect-error no such attribute
export const wrong = <gaze-tracker source="/face/" />;

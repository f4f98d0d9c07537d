// Solid: attributes, properties and events of the tag are known. Compiled, never run.
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/solid';

export function Portrait(props: { folder: string; file: File }) {
  let face: GazeTracker | undefined;
  return (
    <>
      <gaze-tracker
        ref={face}
        class="face"
        style={{ width: '300px' }}
        src={props.folder}
        idle
        blink={true}
        caption="Moved by a machine"
        hide-controls
        title="Me"
        onClick={(event) => event.currentTarget.pause()}
        on:ready={(event) => console.log(event.detail.grid)}
        on:error={(event) => console.log(event.error.code)}
      />
      <gaze-tracker prop:src={props.file} onready={(event) => console.log(event.detail.grid)} />
    </>
  );
}

// @ts-expect-error no such mode
export const mode = <gaze-tracker src="/face/" mode="triple" />;
// @ts-expect-error no such detail
export const detail = <gaze-tracker src="/face/" on:ready={(event) => event.detail.frames} />;

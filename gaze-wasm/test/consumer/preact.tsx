// Preact: attributes, properties and events of the tag are known. Compiled, never run.
import { useRef } from 'preact/hooks';
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/preact';

export function Portrait({ folder }: { folder: string }) {
  const ref = useRef<GazeTracker>(null);
  return (
    <gaze-tracker
      ref={ref}
      key={folder}
      class="face"
      style={{ width: 300 }}
      src={folder}
      idle={false}
      blink
      caption="Moved by a machine"
      hide-controls
      title="Me"
      onClick={(event) => event.currentTarget.pause()}
      onready={(event) => console.log(event.detail.grid)}
      onerror={(event) => console.log(event.error.code)}
    />
  );
}

// @ts-expect-error no such mode
export const mode = <gaze-tracker src="/face/" mode="triple" />;
// @ts-expect-error no such detail
export const detail = <gaze-tracker src="/face/" onready={(event) => event.detail.frames} />;

// React 19: attributes and events of the tag are known. Compiled, never run.
import { useEffect, useRef } from 'react';
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/react';

export function Portrait({ folder }: { folder: string }) {
  const ref = useRef<GazeTracker>(null);
  useEffect(() => ref.current?.lookAt(0, 0), []);
  return (
    <gaze-tracker
      ref={ref}
      key={folder}
      className="face"
      style={{ width: 300 }}
      src={folder}
      smoothing={0.2}
      idle
      hide-controls
      onready={(event) => console.log(event.detail.grid)}
      onerror={(event) => console.log(event.error.code)}
    >
      <img src="portrait.jpg" alt="" />
    </gaze-tracker>
  );
}

// @ts-expect-error no such mode
export const wrong = <gaze-tracker src="/face/" mode="triple" />;

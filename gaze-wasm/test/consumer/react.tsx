// React 19: attributes, properties and events of the tag are known. Compiled, never run.
import { useEffect, useRef, type ComponentProps } from 'react';
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/react';

export function Portrait({ folder, file }: { folder?: string; file: File }) {
  const ref = useRef<GazeTracker>(null);
  useEffect(() => ref.current?.lookAt(0, 0), []);
  return (
    <>
      <gaze-tracker
        ref={ref}
        key={folder}
        className="face"
        style={{ width: 300, borderRadius: '50%' }}
        src={folder}
        smoothing={0.2}
        idle={false}
        blink
        caption
        hide-controls
        title="Me"
        role="img"
        hidden={!folder}
        tabIndex={0}
        aria-label="Me"
        data-face="me"
        suppressHydrationWarning
        onClick={(event) => event.currentTarget.pause()}
        onready={(event) => console.log(event.detail.grid)}
        onprogress={(event) => console.log(event.detail.loaded)}
        ongazechange={(event) => console.log(event.detail.x)}
        onerror={(event) => console.log(event.error.code)}
      >
        <img src="portrait.jpg" alt="" />
      </gaze-tracker>
      <gaze-tracker src={file} hideControls class="face" loading="eager" width={300} height="400" ref={(face) => face?.follow()} />
    </>
  );
}

export const props: ComponentProps<'gaze-tracker'> = { src: new Blob([]), label: 'Me' };

// @ts-expect-error no such mode
export const mode = <gaze-tracker src="/face/" mode="triple" />;
// @ts-expect-error no such attribute
export const attribute = <gaze-tracker source="/face/" />;
// @ts-expect-error React would listen to an event of the name Ready
export const handler = <gaze-tracker src="/face/" onReady={() => undefined} />;
// @ts-expect-error React would listen to nothing
export const error = <gaze-tracker src="/face/" onError={() => undefined} />;
// @ts-expect-error no such detail
export const detail = <gaze-tracker src="/face/" onready={(event) => event.detail.frames} />;
// @ts-expect-error no such style
export const style = <gaze-tracker src="/face/" style={{ wide: 300 }} />;
// @ts-expect-error text is no style in React
export const text = <gaze-tracker src="/face/" style="width: 300px" />;
// @ts-expect-error a face, not a video
export const ref = <gaze-tracker src="/face/" ref={(face: HTMLVideoElement | null) => face?.play()} />;

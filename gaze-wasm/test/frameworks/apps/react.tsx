import { StrictMode, useEffect, useRef, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/react';
import 'gaze-tracker/define';
// The README's own example.
import { Portrait } from './Readme';
import { hear, START } from './shared';

/** What React takes for events of its own, or of another name. The types refuse them. */
const unheard = { onReady: () => hear('onReady'), onError: () => hear('onError') };

export function App() {
  const [{ src, idle, hideControls, label, shown }, setState] = useState(START);
  const face = useRef<GazeTracker>(null);
  useEffect(() => {
    window.change = (part) => setState((state) => ({ ...state, ...part }));
  }, []);
  useEffect(() => {
    face.current?.whenReady.then(({ grid }) => hear(`whenReady ${grid}`), (error) => hear(`rejected ${error.code}`));
  }, [src, shown]);
  return (
    <>
    <main>
      {shown && (
        <gaze-tracker
          ref={face}
          className="face"
          style={{ width: 300 }}
          src={src}
          idle={idle}
          hideControls={hideControls}
          label={label}
          {...unheard}
          onClick={() => hear('click')}
          onready={({ detail }) => hear(`ready ${detail.grid}`)}
          ongazechange={({ detail }) => hear(`gazechange ${detail.x > 0 && detail.y < 0}`)}
          onerror={({ error }) => hear(`error ${error.code}`)}
        />
      )}
    </main>
    {shown && <Portrait />}
    </>
  );
}

export const strict = <StrictMode><App /></StrictMode>;

export function start(root: HTMLElement): void {
  if (root.childElementCount) hydrateRoot(root, strict, { onRecoverableError: (error) => console.error('recovered from', error) });
  else createRoot(root).render(strict);
}

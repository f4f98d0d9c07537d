/** @jsxImportSource preact */
import { hydrate, render as renderInto } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { GazeTracker } from 'gaze-tracker';
import type {} from 'gaze-tracker/preact';
import 'gaze-tracker/define';
import { hear, START } from './shared';

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
    <main>
      {shown && (
        <gaze-tracker
          ref={face}
          class="face"
          style={{ width: 300 }}
          src={src}
          idle={idle}
          hideControls={hideControls}
          label={label}
          onClick={() => hear('click')}
          onready={({ detail }) => hear(`ready ${detail.grid}`)}
          ongazechange={({ detail }) => hear(`gazechange ${detail.x > 0 && detail.y < 0}`)}
          onerror={({ error }) => hear(`error ${error.code}`)}
        />
      )}
    </main>
  );
}

export function start(root: HTMLElement): void {
  if (root.childElementCount) hydrate(<App />, root);
  else renderInto(<App />, root);
}

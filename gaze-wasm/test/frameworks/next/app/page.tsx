// A component of the server's: the tag alone, with what the server knows.
import type {} from 'gaze-tracker/react';
import { Portrait } from './portrait';

export default function Page() {
  return (
    <>
      <gaze-tracker id="plain" src="/fixtures/twenty/" hide-controls style={{ width: 200 }}><p>Nobody yet</p></gaze-tracker>
      <Portrait />
    </>
  );
}

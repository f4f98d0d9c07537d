// The worker: one for all faces that a page makes.
import type { Answer, Request } from './protocol.js';
import { createTaskRunner } from './task-runner.js';

// The compiler knows the page's global scope only; of the worker's these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(answer: Answer): void;
};

const run = createTaskRunner((answer) => scope.postMessage(answer));
// WebKit lets the worker of a page from a disk read no files: then the page must do the work.
const canRead = new Blob(['x']).arrayBuffer();
canRead.then(
  () => scope.postMessage({ type: 'started' }),
  // An exception, which the page takes for a worker that is refused.
  (cause: unknown) => setTimeout(() => { throw cause; }),
);
scope.onmessage = ({ data: request }) => void canRead.then(() => run(request), () => undefined);

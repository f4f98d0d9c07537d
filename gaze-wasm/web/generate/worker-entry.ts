// The worker: one for all faces that a page makes.
import type { Answer, Request } from './protocol.js';
import { createTaskRunner } from './task-runner.js';

// The compiler knows the page's global scope only; of the worker's these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(answer: Answer): void;
};

const run = createTaskRunner((answer) => scope.postMessage(answer));
scope.onmessage = ({ data: request }) => run(request);
scope.postMessage({ type: 'started' });

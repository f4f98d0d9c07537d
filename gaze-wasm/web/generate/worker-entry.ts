// The worker: one for all faces that a page makes.
import { tryAbilities } from '../worker-ability.js';
import type { Answer, Request } from './protocol.js';
import { createTaskRunner } from './task-runner.js';

// The compiler knows the page's global scope only; of the worker's these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(answer: Answer): void;
};

const run = createTaskRunner((answer) => scope.postMessage(answer));
const able = tryAbilities();
able.then(
  () => scope.postMessage({ type: 'started' }),
  // An exception, which the page takes for a worker that is refused.
  (cause: unknown) => setTimeout(() => { throw cause; }),
);
scope.onmessage = ({ data: request }) => void able.then(() => run(request), () => undefined);

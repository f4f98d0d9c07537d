// The worker: one for all elements of a page.
import { createCommandHandler } from './command-handler.js';
import type { Command, PlayerEvent } from './protocol.js';

// The compiler knows the page's global scope only; of the worker's these are used.
const scope = self as unknown as {
  readonly origin: string;
  onmessage: (event: MessageEvent<readonly Command[]>) => void;
  postMessage(event: PlayerEvent | undefined): void;
};

const handle = createCommandHandler((event) => scope.postMessage(event));
// From file:// WebKit's workers can read no blob, and so no picture.
const started: Promise<unknown> = scope.origin === 'null' ? new Blob(['.']).arrayBuffer() : Promise.resolve();
scope.onmessage = ({ data: commands }) => void started.then(() => commands.forEach(handle), () => undefined);
started.then(
  // An empty message tells the page that the worker has started,
  () => scope.postMessage(undefined),
  // and an exception that it has not.
  (cause: unknown) => setTimeout(() => { throw cause; }),
);

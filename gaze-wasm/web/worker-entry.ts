// The worker: one for all elements of a page.
import { createCommandHandler } from './command-handler.js';
import type { Command, PlayerEvent } from './protocol.js';

// The compiler knows the page's global scope only; of the worker's these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<readonly Command[]>) => void;
  postMessage(event: PlayerEvent | undefined): void;
};

const handle = createCommandHandler((event) => scope.postMessage(event));
scope.onmessage = ({ data: commands }) => commands.forEach(handle);
// An empty message tells the page that the worker has started.
scope.postMessage(undefined);

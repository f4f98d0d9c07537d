// The worker: one for all elements of a page.
import { createCommandHandler } from './command-handler.js';
import type { Command, PlayerEvent } from './protocol.js';
import { tryAbilities } from './worker-ability.js';

// The compiler knows the page's global scope only; of the worker's these are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<readonly Command[]>) => void;
  postMessage(event: PlayerEvent | undefined): void;
};

const able = tryAbilities();
able.then(
  // An empty message tells the page that the worker has started,
  () => scope.postMessage(undefined),
  // and an exception that it has not.
  (cause: unknown) => setTimeout(() => { throw cause; }),
);
// Meanwhile it begins. Nothing is heard of that where the page will do it.
const handle = createCommandHandler((event) => void able.then(() => scope.postMessage(event), () => undefined));
scope.onmessage = ({ data: commands }) => commands.forEach(handle);

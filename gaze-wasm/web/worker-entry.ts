// The worker: one for all elements of a page.
import { createCommandHandler } from './command-handler.js';
import type { Command, PlayerEvent } from './protocol.js';

// The compiler knows the page's global scope only; of the worker's these are used.
const scope = self as unknown as {
  readonly origin: string;
  onmessage: (event: MessageEvent<readonly Command[]>) => void;
  postMessage(event: PlayerEvent | undefined): void;
};

/** A picture of one pixel. */
const PIXEL = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** Whether a worker may do here all that a page may: from file://, WebKit's can read no blob, and so no picture. */
async function trySelf(): Promise<void> {
  const picture = new Blob([Uint8Array.from(atob(PIXEL), (c) => c.charCodeAt(0))], { type: 'image/gif' });
  const bitmap = createImageBitmap(picture);
  // A module without anything in it.
  await Promise.all([picture.arrayBuffer(), bitmap, WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))]);
  (await bitmap).close();
}

const started = trySelf();
started.then(
  // An empty message tells the page that the worker has started,
  () => scope.postMessage(undefined),
  // and an exception that it has not.
  (cause: unknown) => setTimeout(() => { throw cause; }),
);
// Meanwhile it begins. Nothing is heard of that where the page will do it.
const handle = createCommandHandler((event) => void started.then(() => scope.postMessage(event), () => undefined));
scope.onmessage = ({ data: commands }) => commands.forEach(handle);

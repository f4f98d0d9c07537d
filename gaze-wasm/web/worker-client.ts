// The page's end: starts the worker, sends it commands and hands its events to the elements.
import { GazeError } from './failure.js';
import type { Command, PlayerEvent, SessionCommand } from './protocol.js';
import { wasmOrigins } from './wasm-source.js';
import { openWorker, type Channel } from './worker-channel.js';

/** A worker without sessions is kept this long, in milliseconds, for the next element. */
const KEEP_WORKER_MS = 5000;

/** Whether this build has copies of the modules as scripts. The others carry the modules. */
declare const GAZE_HAS_COPIES: boolean;

/** What a session tells its element. */
export interface SessionListener {
  onEvent(event: PlayerEvent): void;
  /** The worker has failed: open another session. */
  onLost(): void;
}

const listeners = new Map<number, SessionListener>();
let sessionCount = 0;
let channel: Channel | undefined;
let isWorkerRefused = false;
let closing: ReturnType<typeof setTimeout> | undefined;

/** One load of one element, as the page sees it. */
export class SessionClient {
  readonly #id = ++sessionCount;

  constructor(listener: SessionListener) {
    clearTimeout(closing);
    listeners.set(this.#id, listener);
    channel ??= open();
  }

  send(command: SessionCommand, transfer?: Transferable[]): void {
    channel?.send({ ...command, session: this.#id } as Command, transfer);
  }

  /** Answers the event `open`: gives the session its canvas, shown at this size in device pixels. */
  sendCanvas(element: HTMLCanvasElement, shown: { width: number; height: number }): void {
    if (!channel?.isWorker) {
      this.send({ type: 'canvas', canvas: element, shown });
      return;
    }
    const canvas = element.transferControlToOffscreen();
    this.send({ type: 'canvas', canvas, shown }, [canvas]);
  }

  close(): void {
    if (!listeners.delete(this.#id)) return;
    this.send({ type: 'close' });
    if (listeners.size) return;
    clearTimeout(closing);
    closing = setTimeout(() => {
      channel?.close();
      channel = undefined;
    }, KEEP_WORKER_MS);
  }
}

function receive(event: PlayerEvent): void {
  if (event.type === 'copy') void sendCopy(event);
  else listeners.get(event.session)?.onEvent(event);
}

/** Answers the event `copy`. A bundler takes along what a script imports: so copies are scripts, and it is the page that
 * imports them, since the worker has no address of its own. */
async function sendCopy({ module, why }: Extract<PlayerEvent, { type: 'copy' }>): Promise<void> {
  const { copyOf } = GAZE_HAS_COPIES ? await (module === 'player' ? import('./player-copy.js') : import('./rig-copy.js')).catch(() => ({ copyOf: undefined })) : {};
  channel?.send({ type: 'copy', module, bytes: copyOf?.(why) });
}

function open(): Channel {
  const worker = isWorkerRefused ? undefined : openWorker(receive, (unheard) => {
    isWorkerRefused = true;
    // It may have been closed meanwhile, and another one opened.
    if (channel !== worker) return;
    channel = openInPage();
    if (unheard) for (const command of unheard) channel.send(command);
    else for (const listener of [...listeners.values()]) listener.onLost();
  });
  isWorkerRefused = !worker;
  worker?.send({ type: 'wasm', origins: wasmOrigins() });
  return worker ?? openInPage();
}

/** The page itself in place of a worker. The code is fetched only where it is needed. */
function openInPage(): Channel {
  const opening = import('./command-handler.js').then(({ createCommandHandler }) => {
    const handle = createCommandHandler(receive);
    handle({ type: 'wasm', origins: wasmOrigins() });
    return handle;
  });
  return {
    isWorker: false,
    send: (command) =>
      void opening.then(
        (handle) => handle(command),
        (cause: unknown) => {
          if (command.type !== 'open') return;
          const { code, message, fatal } = new GazeError('wasm', `the player's own files are incomplete: ${String(cause)}`);
          receive({ type: 'error', session: command.session, code, message, fatal });
        },
      ),
    close: () => undefined,
  };
}

// The page's end: starts the worker, sends it commands and hands its events to the elements.
import workerCode from '../pkg/worker-entry.txt';
import { GazeError } from './failure.js';
import type { Command, PlayerEvent, SessionCommand } from './protocol.js';
import { wasmOrigins } from './wasm-source.js';

/** A worker without sessions is kept this long, in milliseconds, for the next element. */
const KEEP_WORKER_MS = 5000;

/** What carries out commands. */
interface Channel {
  send(command: Command, transfer?: Transferable[]): void;
  /** Whether canvases must be transferred, because a worker draws on them. */
  readonly isWorker: boolean;
  close(): void;
}

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
    channel ??= openWorker() ?? openInPage();
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
  listeners.get(event.session)?.onEvent(event);
}

/** A worker, so that loading, decoding and drawing leave the page's main thread alone; none where the browser or the
 * page's content security policy does not allow it. */
function openWorker(): Channel | undefined {
  // A build for the page alone has no code for a worker.
  if (!workerCode || isWorkerRefused || typeof Worker !== 'function' || !HTMLCanvasElement.prototype.transferControlToOffscreen) {
    return undefined;
  }
  const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }));
  let worker: Worker;
  try {
    worker = new Worker(url, { name: 'gaze-tracker' });
  } catch {
    isWorkerRefused = true;
    return undefined;
  }
  /** Commands sent before its first message: to be sent again where it is refused. */
  let unconfirmed: Command[] | undefined = [];
  worker.onmessage = ({ data }: MessageEvent<PlayerEvent | undefined>) => {
    if (unconfirmed) URL.revokeObjectURL(url);
    unconfirmed = undefined;
    if (data) receive(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    worker.terminate();
    isWorkerRefused = true;
    // It may have been closed meanwhile, and another one opened.
    if (channel !== opened) return;
    channel = openInPage();
    if (unconfirmed) for (const command of unconfirmed) channel.send(command);
    else for (const listener of [...listeners.values()]) listener.onLost();
  };
  let pending: Command[] = [];
  let transfers: Transferable[] = [];
  const opened: Channel = {
    isWorker: true,
    send(command, transfer = []) {
      unconfirmed?.push(command);
      // Together with all else that is sent in the same turn: a message costs more than what it carries.
      pending.push(command);
      transfers.push(...transfer);
      if (pending.length > 1) return;
      queueMicrotask(() => {
        worker.postMessage(pending, transfers);
        [pending, transfers] = [[], []];
      });
    },
    close: () => worker.terminate(),
  };
  opened.send({ type: 'wasm', origins: wasmOrigins() });
  return opened;
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

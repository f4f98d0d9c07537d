// The worker that carries out commands, for all elements of a page.
import workerCode from '../pkg/worker-entry.txt';
import { startWorker } from './blob-worker.js';
import type { Command, PlayerEvent } from './protocol.js';

/** What carries out commands. */
export interface Channel {
  send(command: Command, transfer?: Transferable[]): void;
  /** Whether canvases must be transferred, because a worker draws on them. */
  readonly isWorker: boolean;
  close(): void;
}

/** A worker, so that loading, decoding and drawing leave the page's main thread alone; none where the browser or the
 * page's content security policy does not allow it. `onFailed` says that later, with the commands that nothing has heard where
 * it has never started. */
export function openWorker(receive: (event: PlayerEvent) => void, onFailed: (unheard: Command[] | undefined) => void): Channel | undefined {
  // A build for the page alone has no code for a worker.
  if (!workerCode || !HTMLCanvasElement.prototype.transferControlToOffscreen) return undefined;
  /** Commands sent before its first message: to be sent again where it is refused. */
  let unconfirmed: Command[] | undefined = [];
  const started = startWorker(workerCode, 'gaze-tracker', () => fail());
  if (!started) return undefined;
  const { worker, heard, end } = started;
  const fail = () => {
    end();
    onFailed(unconfirmed);
  };
  worker.onmessage = ({ data }: MessageEvent<PlayerEvent | undefined>) => {
    if (unconfirmed) heard();
    unconfirmed = undefined;
    if (data) receive(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail();
  };
  let pending: Command[] = [];
  let transfers: Transferable[] = [];
  return {
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
    close: end,
  };
}

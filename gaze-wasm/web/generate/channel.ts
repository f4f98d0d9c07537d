// Where tasks are carried out: a worker, or the page itself.
import workerCode from '../../pkg/generate/worker.txt';
import { startWorker } from '../blob-worker.js';
import type { Origins } from './assets.js';
import { GenerateError, wordsOf } from './failure.js';
import type { Answer, Request } from './protocol.js';

export interface Channel {
  readonly isWorker: boolean;
  send(request: Request, transfer?: Transferable[]): void;
  close(): void;
}

/** A worker, so that the page stays responsive; none where the browser or the page's content security policy does not
 * allow it. `onRefused` says the same later; `onLost` that it has failed while it worked. */
export function openWorker(origins: Origins, onAnswer: (answer: Answer) => void, onRefused: () => void, onLost: (message: string) => void): Channel | undefined {
  // In some browsers workers cannot draw.
  if (typeof OffscreenCanvas !== 'function') return undefined;
  const started = startWorker(workerCode, 'gaze-tracker-generate', () => refuse());
  if (!started) return undefined;
  const { worker, heard, end } = started;
  const refuse = () => {
    end();
    onRefused();
  };
  let hasStarted = false;
  worker.onmessage = ({ data: answer }: MessageEvent<Answer>) => {
    if (!hasStarted) heard();
    hasStarted = true;
    onAnswer(answer);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    if (!hasStarted) return refuse();
    end();
    onLost(event.message);
  };
  const opened: Channel = {
    isWorker: true,
    send: (request, transfer = []) => worker.postMessage(request, transfer),
    close: end,
  };
  opened.send({ type: 'start', origins });
  return opened;
}

/** The page itself in place of a worker. The code is fetched only where it is needed. */
export function openInPage(origins: Origins, onAnswer: (answer: Answer) => void): Channel {
  const opening = import('./generate-in-page.js').then(({ createTaskRunner }) => {
    const run = createTaskRunner(onAnswer);
    run({ type: 'start', origins });
    return run;
  });
  return {
    isWorker: false,
    send: (request) =>
      void opening.then(
        (run) => run(request),
        (cause: unknown) => {
          const { kind, message } = new GenerateError('missing', `the files of gaze-tracker/generate are incomplete: ${wordsOf(cause)}`);
          if (request.type === 'run') onAnswer({ type: 'failed', kind, message, isBroken: true });
        },
      ),
    close: () => undefined,
  };
}

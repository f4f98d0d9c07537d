// The page's end: tasks one after another, given to a worker, or to what replaces it in the page.
import { origins, type Origins } from './assets.js';
import { openInPage, openWorker, type Channel } from './channel.js';
import { GenerateError, wordsOf } from './failure.js';
import type { GenerateProgress } from './options.js';
import type { Answer, Results, Task } from './protocol.js';

/** A worker without tasks is kept this long for the next, in milliseconds: it holds 50 MB. */
const KEEP_MS = 20_000;
/** A worker that does not hear a request to stop for so long, in milliseconds, is ended. */
const STOP_MS = 200;

/** A task that waits or runs. */
interface Job {
  /** Makes the task when its turn has come, and again where a worker is refused: what it holds may have been given away. */
  make(): Promise<Task>;
  onProgress(progress: GenerateProgress): void;
  onEnd(answer: Answer): void;
  /** Whether the channel has it. */
  isSent: boolean;
}

const waiting: Job[] = [];
let running: Job | undefined;
let channel: Channel | undefined;
/** What the channel was opened with. */
let opened: Origins | undefined;
let isWorkerRefused = false;
let stopping: ReturnType<typeof setTimeout> | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;

/** Carries out a task when those before it have ended. Rejects with a `GenerateError`, or the signal's reason. */
export function carryOut<T extends Task>(make: () => Promise<T>, signal: AbortSignal, onProgress: (progress: GenerateProgress) => void): Promise<Results[T['type']]> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      reject(signal.reason as unknown);
      if (running === job) stop(job);
      else waiting.splice(waiting.indexOf(job), 1);
    };
    const job: Job = {
      make,
      isSent: false,
      onProgress: (progress) => {
        if (!signal.aborted) onProgress(progress);
      },
      onEnd: (answer) => {
        signal.removeEventListener('abort', cancel);
        if (answer.type === 'done') resolve(answer.result as Results[T['type']]);
        else if (answer.type === 'failed') reject(new GenerateError(answer.kind, answer.message));
      },
    };
    signal.addEventListener('abort', cancel, { once: true });
    waiting.push(job);
    next();
  });
}

/** Begins with the first task that waits. */
function next(): void {
  if (running) return;
  clearTimeout(closing);
  running = waiting.shift();
  if (running) void give(running);
  else closing = setTimeout(close, KEEP_MS);
}

async function give(job: Job): Promise<void> {
  try {
    const task = await job.make();
    const bitmap = 'photo' in task && !(task.photo.data instanceof Blob) ? task.photo.data : undefined;
    if (running === job) {
      if (opened !== origins()) close();
      channel ??= open();
      channel.send({ type: 'run', task }, bitmap ? [bitmap] : []);
      job.isSent = true;
    } else bitmap?.close();
  } catch (thrown) {
    if (running === job) end(job, failed(thrown));
  }
}

function open(): Channel {
  opened = origins();
  const worker = isWorkerRefused ? undefined : openWorker(opened, receive, onRefused, onLost);
  isWorkerRefused = !worker;
  return worker ?? openInPage(opened, receive);
}

/** Another place for the task: the page does not let a worker run. */
function onRefused(): void {
  isWorkerRefused = true;
  channel = undefined;
  if (!running?.isSent) return;
  running.isSent = false;
  void give(running);
}

function onLost(message: string): void {
  close();
  if (running) end(running, { type: 'failed', kind: 'engine', message: `making the face failed: the browser has ended the work, maybe for lack of memory: use a smaller picture or maxSize (${message})`, isBroken: true });
}

function receive(answer: Answer): void {
  if (!running || answer.type === 'started') return;
  if (answer.type === 'progress') {
    running.onProgress(answer.progress);
    return;
  }
  if (answer.type === 'failed' && answer.isBroken) close();
  end(running, answer);
}

/** Ends a task that nobody wants any more. */
function stop(job: Job): void {
  if (!channel || !job.isSent) {
    // What was made for it meanwhile is dropped.
    end(job, { type: 'cancelled' });
    return;
  }
  channel.send({ type: 'cancel' });
  if (!channel.isWorker) return;
  stopping = setTimeout(() => {
    close();
    end(job, { type: 'cancelled' });
  }, STOP_MS);
}

function end(job: Job, answer: Answer): void {
  clearTimeout(stopping);
  running = undefined;
  job.onEnd(answer);
  next();
}

function close(): void {
  channel?.close();
  channel = undefined;
}

function failed(thrown: unknown): Answer {
  const { kind, message } = thrown instanceof GenerateError ? thrown : new GenerateError('engine', `making the face failed: ${wordsOf(thrown)}`);
  return { type: 'failed', kind, message, isBroken: false };
}

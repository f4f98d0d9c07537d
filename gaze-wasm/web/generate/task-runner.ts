// Carries out one task at a time, in a worker or in the page; all it knows of the page comes by messages.
import { Engine, failureOf, stopped } from './engine.js';
import { GenerateError, wordsOf } from './failure.js';
import { findFaces, makeFace } from './making.js';
import { decode } from './photo/decode.js';
import type { Answer, Request, Results, Task } from './protocol.js';
import { Steps } from './steps.js';

/** A function that takes requests. What results is reported by `answer`. */
export function createTaskRunner(answer: (answer: Answer) => void): (request: Request) => void {
  let engine: Engine;
  let running: AbortController | undefined;
  const run = async (task: Task) => {
    const { signal } = (running = new AbortController());
    const steps = new Steps(signal, (progress) => answer({ type: 'progress', progress }));
    try {
      const result = await carryOut(task, engine, steps);
      signal.throwIfAborted();
      answer({ type: 'done', result });
    } catch (thrown) {
      answer(signal.aborted ? { type: 'cancelled' } : failed(thrown));
    }
  };
  return (request) => {
    if (request.type === 'start') engine = new Engine(request.origins);
    else if (request.type === 'run') void run(request.task);
    else running?.abort();
  };
}

function failed(thrown: unknown): Answer {
  const error = failureOf(thrown) ?? thrown;
  if (error instanceof GenerateError) return { type: 'failed', kind: error.kind, message: error.message, isBroken: false };
  // A module that has stopped in the middle cannot be used again.
  const isBroken = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  if (isBroken) stopped();
  const why = isBroken ? 'this device may not have enough memory for it: use a smaller maxSize, or close other pages' : 'try another picture';
  return { type: 'failed', kind: 'engine', message: `making the face failed: ${why} (${wordsOf(error)})`, isBroken };
}

async function carryOut(task: Task, engine: Engine, steps: Steps): Promise<Results[Task['type']]> {
  const loading = engine.load(steps.signal, (loaded, total) => steps.report({ stage: 'loading', loaded, total }));
  if (task.type === 'prepare') {
    await loading;
    return undefined;
  }
  // Read meanwhile. The first failure is told, and no bitmap is left.
  const decoding = steps.do('reading', () => decode(task.photo));
  try {
    const [generator, photo] = await Promise.all([loading, decoding]);
    return await (task.type === 'find' ? findFaces(generator, photo, task.maxSize, steps) : makeFace(generator, photo, task.settings, steps));
  } finally {
    void decoding.then(({ bitmap }) => bitmap.close(), () => undefined);
  }
}

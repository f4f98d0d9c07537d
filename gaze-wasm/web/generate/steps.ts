// One step after another, each of which may be the last.
import type { GenerateProgress, GenerateStage } from './options.js';

/** Tells what is being done, and stops where that was asked for. */
export class Steps {
  constructor(
    readonly signal: AbortSignal,
    readonly report: (progress: GenerateProgress) => void,
  ) {}

  /** Does one step. A request to cancel is heard before it. */
  async do<T>(stage: GenerateStage, work: () => T | Promise<T>): Promise<T> {
    this.report({ stage, loaded: 0, total: 1 });
    // Lets messages in.
    await new Promise((resolve) => setTimeout(resolve));
    this.signal.throwIfAborted();
    const result = await work();
    this.report({ stage, loaded: 1, total: 1 });
    return result;
  }
}

// A promise of the face that is being loaded, for those who come after its `ready` event as well.
import type { ReadyDetail } from './events.js';
import type { GazeError } from './failure.js';

type Outcome = { detail: ReadyDetail } | { error: GazeError };

export class Readiness {
  #outcome: Outcome | undefined;
  #promise: Promise<ReadyDetail> | undefined;
  #settle: ((outcome: Outcome) => void) | undefined;

  /** Resolves when the first frame is on screen, rejects where none will be. Stays as it is while faces come and go that
   * have not got that far. */
  get promise(): Promise<ReadyDetail> {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => {
        this.#settle = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.detail));
      });
      // Whoever asks hears of a failure; it is an event as well, so nobody has to.
      this.#promise.catch(() => undefined);
      if (this.#outcome) this.#settle!(this.#outcome);
    }
    return this.#promise;
  }

  get hasFailed(): boolean {
    return this.#outcome !== undefined && 'error' in this.#outcome;
  }

  settle(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#settle?.(outcome);
  }

  /** Another face is loaded: from now on the promise is of that one. */
  renew(): void {
    if (!this.#outcome) return;
    this.#outcome = this.#promise = this.#settle = undefined;
  }
}

// Several photos at once: they go to Yours, one after another, and what cannot be used is said.
import { failureOf, make } from '../portrait-page/making.js';
import { capital, wordOf } from './job-words.js';
import { StudioWork } from './studio-work.js';

export interface BatchHooks {
  onMade(work: StudioWork): Promise<void>;
  onNews(news: string, isLast: boolean): void;
}

export class Batch {
  readonly #hooks: BatchHooks;
  #waiting: File[] = [];
  #isRunning = false;
  #count = 0;
  #done = 0;
  #failures: { name: string; why: string }[] = [];

  constructor(hooks: BatchHooks) {
    this.#hooks = hooks;
  }

  add(files: readonly File[]): void {
    if (!this.#isRunning) [this.#count, this.#done, this.#failures] = [0, 0, []];
    this.#waiting.push(...files);
    this.#count += files.length;
    this.#tell();
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let file = this.#waiting.shift(); file; file = this.#waiting.shift()) {
      try {
        const begun = performance.now();
        const work = new StudioWork(file);
        const face = await make(file, work.wishes, new AbortController().signal, () => undefined);
        work.made = { face, wishes: work.wishes, seconds: (performance.now() - begun) / 1000 };
        await this.#hooks.onMade(work);
        this.#done += 1;
      } catch (thrown) {
        this.#failures.push({ name: file.name, why: failureOf(thrown).kind === 'no-face' ? 'no face' : 'it does not open' });
      }
      this.#tell();
    }
    this.#isRunning = false;
    this.#tell();
  }

  #tell(): void {
    const failed = this.#failures.map(({ name, why }) => `${name} (${why})`).join(', ');
    const not = failed && ` Left out: ${failed}.`;
    const isLast = !this.#isRunning && !this.#waiting.length;
    const alive = this.#done === 1 ? 'is alive' : 'are alive';
    const news = isLast && this.#done === this.#count ? `All ${wordOf(this.#count)} are alive.` : `${capital(wordOf(this.#done))} of ${wordOf(this.#count)} ${alive}.`;
    this.#hooks.onNews(news + not, isLast);
  }
}

// The page's end of the line to backstage: starts it, sends orders there and hands out the news.
import code from '../pkg/backstage-worker.txt';
import { GazeError } from './failure.js';
import type { News, Order } from './orders.js';
import { wasmOrigin } from './wasm-source.js';

/** A worker without scenes is kept this long, in milliseconds, for the next element. */
const KEEP = 5000;

/** Where orders go. */
interface Backstage {
  tell(order: Order, transfer?: Transferable[]): void;
  /** Whether canvases must be handed over, because a worker draws on them. */
  readonly isApart: boolean;
  end(): void;
}

/** What a scene tells its element. */
export interface SceneListener {
  onNews(news: News): void;
  /** It broke down: open another one. */
  onLost(): void;
}

const listeners = new Map<number, SceneListener>();
let scenes = 0;
let backstage: Backstage | undefined;
let isWorkerRefused = false;
let ending: ReturnType<typeof setTimeout> | undefined;

/** One load of one element, as the page sees it. */
export class SceneLine {
  readonly id = ++scenes;

  constructor(listener: SceneListener) {
    clearTimeout(ending);
    listeners.set(this.id, listener);
    backstage ??= openWorker() ?? openHere();
  }

  tell(order: Order): void {
    backstage?.tell(order);
  }

  /** Answers `open`: gives the scene its canvas, shown at this size in device pixels. */
  giveCanvas(canvas: HTMLCanvasElement, shown: { width: number; height: number }): void {
    if (!backstage?.isApart) {
      this.tell({ do: 'stage', scene: this.id, canvas, shown });
      return;
    }
    const apart = canvas.transferControlToOffscreen();
    backstage.tell({ do: 'stage', scene: this.id, canvas: apart, shown }, [apart]);
  }

  close(): void {
    if (!listeners.delete(this.id)) return;
    this.tell({ do: 'close', scene: this.id });
    if (listeners.size) return;
    clearTimeout(ending);
    ending = setTimeout(() => {
      backstage?.end();
      backstage = undefined;
    }, KEEP);
  }
}

function hear(news: News): void {
  listeners.get(news.scene)?.onNews(news);
}

/** Backstage in a worker, so that loading, decoding and drawing leave the page's main thread alone; none where the
 * browser or the page's content security policy has none for us. */
function openWorker(): Backstage | undefined {
  if (isWorkerRefused || typeof Worker !== 'function' || !HTMLCanvasElement.prototype.transferControlToOffscreen) {
    return undefined;
  }
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  let worker: Worker;
  try {
    worker = new Worker(url, { name: 'gaze-tracker' });
  } catch {
    isWorkerRefused = true;
    return undefined;
  }
  /** What was said before it answered for the first time: to be said again where it is refused. */
  let unheard: Order[] | undefined = [];
  worker.onmessage = ({ data }: MessageEvent<News | undefined>) => {
    if (unheard) URL.revokeObjectURL(url);
    unheard = undefined;
    if (data) hear(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    worker.terminate();
    isWorkerRefused = true;
    backstage = openHere();
    if (unheard) for (const order of unheard) backstage.tell(order);
    else for (const listener of [...listeners.values()]) listener.onLost();
  };
  let waiting: Order[] = [];
  let moving: Transferable[] = [];
  const tell: Backstage['tell'] = (order, transfer = []) => {
    unheard?.push(order);
    // Together with all else that is said in the same turn: a message costs more than it holds.
    waiting.push(order);
    moving.push(...transfer);
    if (waiting.length > 1) return;
    queueMicrotask(() => {
      worker.postMessage(waiting, moving);
      [waiting, moving] = [[], []];
    });
  };
  tell({ do: 'wasm', origin: wasmOrigin() });
  return { isApart: true, tell, end: () => worker.terminate() };
}

/** Backstage in the page itself. Its code is fetched only where it is needed. */
function openHere(): Backstage {
  const opening = import('./backstage.js').then(({ openBackstage }) => {
    const obey = openBackstage(hear);
    obey({ do: 'wasm', origin: wasmOrigin() });
    return obey;
  });
  return {
    isApart: false,
    tell: (order) =>
      void opening.then(
        (obey) => obey(order),
        (cause: unknown) => {
          if (order.do !== 'open') return;
          const { code, message, fatal } = new GazeError('wasm', `the player's own files are incomplete: ${String(cause)}`);
          hear({ scene: order.scene, tell: 'error', code, message, fatal });
        },
      ),
    end: () => undefined,
  };
}

// A painter in a worker, so that decoding and drawing leave the page's main thread alone.
import code from '../pkg/painter-worker.txt';
import type { Geometry, Layer, Painting } from './painter.js';
import type { Answer, Order } from './painter-worker.js';

/** A worker without work is kept this long, in milliseconds, for the next element. */
const KEEP = 5000;

interface Call {
  resolve(): void;
  reject(cause: Error): void;
}

let starting: Promise<Worker | undefined> | undefined;
let isForbidden = false;
let users = 0;
let ending: ReturnType<typeof setTimeout> | undefined;
let calls = 0;
let ids = 0;
const open = new Map<number, Call>();

/** Starts the worker; none where the browser or the page's content security policy has none for us. */
function startWorker(): Promise<Worker | undefined> {
  if (isForbidden || typeof Worker !== 'function' || !HTMLCanvasElement.prototype.transferControlToOffscreen) {
    return Promise.resolve(undefined);
  }
  starting ??= new Promise((resolve) => {
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    const refuse = () => {
      isForbidden = true;
      starting = undefined;
      resolve(undefined);
    };
    try {
      const worker = new Worker(url, { name: 'gaze-tracker' });
      worker.onerror = (event) => {
        event.preventDefault();
        refuse();
        for (const call of open.values()) call.reject(new Error('the drawing worker has failed'));
        open.clear();
      };
      worker.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data.call === 0) {
          URL.revokeObjectURL(url);
          resolve(worker);
          return;
        }
        const call = open.get(data.call);
        open.delete(data.call);
        if (data.error === undefined) call?.resolve();
        else call?.reject(new Error(data.error));
      };
    } catch {
      refuse();
    }
  });
  return starting;
}

let waiting: Order[] = [];
let moving: Transferable[] = [];

/** Tells the worker, together with all else that is said in the same turn: a message costs more than it holds. */
function tell(worker: Worker, order: Order, transfer: Transferable[]): void {
  waiting.push(order);
  moving.push(...transfer);
  if (waiting.length > 1) return;
  queueMicrotask(() => {
    const [orders, transfers] = [waiting, moving];
    [waiting, moving] = [[], []];
    worker.postMessage(orders, transfers);
  });
}

/** Ends the worker in some time, unless it has work by then. */
function endUnused(worker: Worker): void {
  if (users > 0) return;
  clearTimeout(ending);
  ending = setTimeout(() => {
    if (users > 0) return;
    worker.terminate();
    starting = undefined;
    open.clear();
  }, KEEP);
}

/** Begins to start the worker, so that it is there when it is needed. */
export function prepareWorker(): void {
  void startWorker().then((worker) => worker && endUnused(worker));
}

/** A painter for `canvas` in the worker; none where there is no worker: then the page must draw by itself. */
export async function openRemotePainter(canvas: HTMLCanvasElement): Promise<Painting | undefined> {
  const worker = await startWorker();
  if (!worker) return undefined;
  users++;
  return new RemotePainter(worker, canvas.transferControlToOffscreen());
}

class RemotePainter implements Painting {
  readonly #worker: Worker;
  readonly #id = ++ids;

  constructor(worker: Worker, canvas: OffscreenCanvas) {
    this.#worker = worker;
    this.#tell({ id: this.#id, do: 'open', canvas }, [canvas]);
  }

  still(geometry: Geometry, image: Blob): Promise<void> {
    return this.#ask((call) => ({ id: this.#id, do: 'still', call, geometry, image }));
  }

  decode(cell: number, image: Blob): Promise<void> {
    return this.#ask((call) => ({ id: this.#id, do: 'decode', call, cell, image }));
  }

  draw(layers: readonly Layer[]): void {
    this.#tell({ id: this.#id, do: 'draw', layers });
  }

  drop(cells?: readonly number[]): void {
    this.#tell({ id: this.#id, do: 'drop', cells });
  }

  /** By the worker's own clock: an animation frame of the page costs the main thread several times more, since
   * the whole page is looked through for changes. */
  onFrame(callback: () => void): void {
    void this.#ask((call) => ({ id: this.#id, do: 'frame', call })).then(callback, callback);
  }

  close(): void {
    this.#tell({ id: this.#id, do: 'close' });
    users--;
    endUnused(this.#worker);
  }

  #tell(order: Order, transfer: Transferable[] = []): void {
    tell(this.#worker, order, transfer);
  }

  #ask(order: (call: number) => Order): Promise<void> {
    const call = ++calls;
    return new Promise((resolve, reject) => {
      open.set(call, { resolve, reject });
      this.#tell(order(call));
    });
  }
}

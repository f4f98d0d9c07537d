// The worker: one for all elements of a page. Whatever it is told it does at once and in order.
import { Painter, type Geometry, type Layer } from './painter.js';

/** What the page tells the worker about canvas `id`. `call` numbers what is answered. */
export type Order =
  | { id: number; do: 'open'; canvas: OffscreenCanvas }
  | { id: number; do: 'still'; call: number; geometry: Geometry; image: Blob }
  | { id: number; do: 'decode'; call: number; cell: number; image: Blob }
  | { id: number; do: 'draw'; layers: readonly Layer[] }
  | { id: number; do: 'frame'; call: number }
  | { id: number; do: 'drop'; cells: readonly number[] | undefined }
  | { id: number; do: 'close' };

/** What it answers: first that it lives, then each call's end. */
export type Answer = { call: number; error?: string };

// The page's types stand for the worker's: of its scope only these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<readonly Order[]>) => void;
  postMessage(answer: Answer): void;
};
const painters = new Map<number, Painter>();

scope.onmessage = ({ data: orders }) => orders.forEach(obey);

function obey(order: Order): void {
  if (order.do === 'open') {
    painters.set(order.id, new Painter(order.canvas));
    return;
  }
  const painter = painters.get(order.id);
  if (!painter) return;
  const answer = (work: Promise<void>, call: number) => {
    work.then(
      () => scope.postMessage({ call }),
      (cause: unknown) => scope.postMessage({ call, error: cause instanceof Error ? cause.message : String(cause) }),
    );
  };
  switch (order.do) {
    case 'still':
      return answer(painter.still(order.geometry, order.image), order.call);
    case 'decode':
      return answer(painter.decode(order.cell, order.image), order.call);
    case 'draw':
      return painter.draw(order.layers);
    case 'frame':
      return painter.onFrame(() => scope.postMessage({ call: order.call }));
    case 'drop':
      return painter.drop(order.cells);
    case 'close':
      painter.close();
      painters.delete(order.id);
  }
}

scope.postMessage({ call: 0 });

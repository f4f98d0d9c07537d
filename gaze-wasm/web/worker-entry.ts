// Backstage in a worker: one for all elements of a page.
import { openBackstage } from './backstage.js';
import type { News, Order } from './orders.js';

// The page's types stand for the worker's: of its scope only these two are used.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<readonly Order[]>) => void;
  postMessage(news: News | undefined): void;
};

const obey = openBackstage((news) => scope.postMessage(news));
scope.onmessage = ({ data: orders }) => orders.forEach(obey);
// It lives.
scope.postMessage(undefined);

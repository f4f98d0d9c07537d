// The half that loads, decides, decodes and draws, for all elements of a page. It runs in a worker, or in the page
// where there is none, and hears of the page only by orders.
import type { News, Order } from './orders.js';
import { Scene } from './scene.js';
import { setWasmOrigin } from './wasm.js';

/** Obeys orders, at once and in order, from now on; says by `tell` what comes of them. */
export function openBackstage(tell: (news: News) => void): (order: Order) => void {
  const scenes = new Map<number, Scene>();
  return (order) => {
    if (order.do === 'wasm') {
      setWasmOrigin(order.origin);
      return;
    }
    if (order.do === 'open') {
      scenes.set(order.scene, new Scene(order, (news) => tell({ ...news, scene: order.scene })));
      return;
    }
    const scene = scenes.get(order.scene);
    if (!scene) return;
    switch (order.do) {
      case 'stage':
        return scene.setStage(order.canvas, order.shown);
      case 'fit':
        return scene.playback?.fit(order.shown);
      case 'manner':
        return scene.setManner(order.manner);
      case 'aim':
        return scene.playback?.aim(order.aim, order.cut);
      case 'wake':
        return scene.playback?.wake();
      case 'sleep':
        return scene.playback?.sleep();
      case 'close':
        scenes.delete(order.scene);
        scene.close();
    }
  };
}

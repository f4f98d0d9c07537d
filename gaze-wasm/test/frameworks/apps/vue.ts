import { createApp, createSSRApp } from 'vue';
import App from './Vue.vue';

export function start(root: HTMLElement): void {
  const app = root.childElementCount ? createSSRApp(App) : createApp(App);
  app.config.warnHandler = (message) => console.error(message);
  app.mount(root);
}

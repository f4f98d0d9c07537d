import { hydrate, mount } from 'svelte';
import App from './Svelte.svelte';

export function start(target: HTMLElement): void {
  (target.childElementCount ? hydrate : mount)(App, { target });
}

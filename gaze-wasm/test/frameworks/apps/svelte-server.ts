import { render as renderBody } from 'svelte/server';
import App from './Svelte.svelte';

export const render = () => renderBody(App).body;

/** @jsxImportSource preact */
import { renderToString } from 'preact-render-to-string';
import { App } from './preact.js';

export const render = () => renderToString(<App />);

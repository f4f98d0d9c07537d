/** @jsxImportSource preact */
import { renderToString } from 'preact-render-to-string';
import { App } from './preact';

export const render = () => renderToString(<App />);

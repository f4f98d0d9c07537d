import { renderToString } from 'react-dom/server';
import { strict } from './react.js';

export const render = () => renderToString(strict);

import { renderToString } from 'react-dom/server';
import { strict } from './react';

export const render = () => renderToString(strict);

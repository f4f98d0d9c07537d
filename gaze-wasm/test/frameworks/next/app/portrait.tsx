'use client';

import { App } from '../apps/react.js';

export const Portrait = App;

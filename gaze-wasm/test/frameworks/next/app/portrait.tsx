'use client';

import { App } from '../apps/react';

export const Portrait = App;

// The element in an app of React's that the server has rendered: a sample of what scripts/test-frameworks.sh tries in all
// frameworks.
import { afterAll, beforeAll, test } from 'vitest';
import { TestBrowser } from './browser.js';
import { App } from './frameworks/app.js';
import { checkApp } from './frameworks/checks.js';

const browser = new TestBrowser();
let app: App;
beforeAll(() => void (app = new App('react', 'development')));
afterAll(() => app?.remove());

test.each(['hydrated', 'late'] as const)('hydrates, changes and goes: %s', (way) => checkApp(browser, app, way));

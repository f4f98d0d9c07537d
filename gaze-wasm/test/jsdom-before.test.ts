// @vitest-environment jsdom
import { testSimulatedDom } from './simulated-dom.js';

// What jsdom before 27 lacks, which Jest up to 30 brings along, or DOMs with less in them.
Reflect.deleteProperty(CSSStyleSheet.prototype, 'replaceSync');
Reflect.deleteProperty(HTMLElement.prototype, 'attachInternals');
Reflect.deleteProperty(globalThis, 'Worker');
Reflect.deleteProperty(globalThis, 'ResizeObserver');

testSimulatedDom();

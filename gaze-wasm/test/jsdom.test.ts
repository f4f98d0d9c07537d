// @vitest-environment jsdom
import { testSimulatedDom } from './simulated-dom.js';

testSimulatedDom();

// @vitest-environment happy-dom
import { testSimulatedDom } from './simulated-dom.js';

testSimulatedDom();

// What the page loads where no worker can be had: a file of its own in dist/, beside generate.js.
export { createTaskRunner } from './task-runner.js';

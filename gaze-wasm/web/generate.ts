// The entry gaze-tracker/generate, a file of its own in dist/: whoever only plays never loads it.
export * from './generate/index.js';

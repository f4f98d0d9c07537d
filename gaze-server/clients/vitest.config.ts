import { defineConfig } from 'vitest/config';

// A server for each file, two files at a time. Tests wait for conditions: how long is only a limit, set for a busy machine.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: 2,
    // A browser on a busy machine loses a race now and then. What passes at the second try is named.
    retry: 1,
    reporters: ['default', '../../gaze-wasm/test/flaky-reporter.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { interval: 50, timeout: 200_000 } },
  },
});

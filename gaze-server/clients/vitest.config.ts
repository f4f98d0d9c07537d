import { defineConfig } from 'vitest/config';

// A server for each file, two files at a time. Tests wait for conditions: how long is only a limit, set for a busy machine.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: 2,
    // Browsers on a busy machine lose a race now and then. A fault fails twice; what passes the second time is named so.
    retry: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { interval: 50, timeout: 200_000 } },
  },
});

import { defineConfig } from 'vitest/config';

// One browser, one page at a time. Tests wait for conditions: how long is only a limit, set for a busy machine.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { interval: 20, timeout: 20_000 } },
  },
});

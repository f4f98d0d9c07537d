import { defineConfig } from 'vitest/config';

// One server at a time. Tests wait for conditions: how long is only a limit, set for a busy machine.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    expect: { poll: { interval: 50, timeout: 200_000 } },
  },
});

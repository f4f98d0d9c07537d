import { defineConfig } from 'vitest/config';

// The package in pages of real tools, which scripts/test-bundlers.sh runs.
export default defineConfig({
  test: {
    include: ['test/bundlers/*.bundlers.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { interval: 50, timeout: 60_000 } },
  },
});

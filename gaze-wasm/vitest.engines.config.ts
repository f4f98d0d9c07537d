import { defineConfig } from 'vitest/config';

// The shared checks in Firefox and WebKit, which scripts/test-engines.sh runs.
export default defineConfig({
  test: {
    include: ['test/engines/*.engines.ts'],
    fileParallelism: false,
    retry: 1,
    reporters: ['default', './test/flaky-reporter.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

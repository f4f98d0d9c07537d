import { defineConfig } from 'vitest/config';

// The shared checks in Firefox and WebKit, which scripts/test-engines.sh runs.
export default defineConfig({
  test: {
    include: ['test/engines/*.engines.ts'],
    fileParallelism: false,
    // Browsers on a busy machine lose a race now and then. A fault fails twice; what passes the second time is named so.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

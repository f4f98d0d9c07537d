import { defineConfig } from 'vitest/config';

// The element in frameworks, which scripts/test-frameworks.sh runs.
export default defineConfig({
  test: {
    include: ['test/frameworks/*.frameworks.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { interval: 20, timeout: 20_000 } },
  },
});

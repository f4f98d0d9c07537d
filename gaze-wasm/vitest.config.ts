import { defineConfig } from 'vitest/config';

// One browser, one page at a time: timings on two cores are poor enough.
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 },
});

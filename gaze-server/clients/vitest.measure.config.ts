import { defineConfig } from 'vitest/config';

// What takes long: load, memory, kills, times. Run by scripts/measure-servers.sh, which keeps the results.
export default defineConfig({
  test: {
    include: ['measure/**/*.measure.ts'],
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    expect: { poll: { interval: 50, timeout: 600_000 } },
  },
});

import { defineConfig } from 'vitest/config';

// What counts frames, bytes or milliseconds has the machine to itself.
const ALONE = ['aim-geometry', 'memory', 'motion', 'resource-use'].map((name) => `test/${name}.test.ts`);

// A browser for each file, two files at a time. Tests wait for conditions: how long is only a limit, set for a busy machine.
export default defineConfig({
  test: {
    // A browser on a busy machine loses a race now and then. What passes at the second try is named.
    retry: 1,
    reporters: ['default', './test/flaky-reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { interval: 20, timeout: 45_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: ['**/node_modules/**', ...ALONE], maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'alone', include: ALONE, fileParallelism: false, sequence: { groupOrder: 1 } } },
    ],
  },
});

import type { Reporter, TestCase } from 'vitest/node';

// Names what passed at the second try only: a race that is to be mended, though it stops nobody's work. `scripts/test.sh`
// tells these again at its end.
export default class FlakyReporter implements Reporter {
  onTestCaseResult(test: TestCase) {
    if (test.diagnostic()?.flaky) console.log(`FLAKY ${test.module.relativeModuleId}: ${test.fullName}`);
  }
}

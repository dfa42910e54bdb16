import { defineConfig } from 'vitest/config';

/** The browser tests: one demo of the whole product, one browser, the files one after the other. */
export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['e2e/**/*.spec.ts'],
    globalSetup: ['e2e/demo.ts'],
    reporters: ['default', './e2e/counter.ts'],
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
    fileParallelism: false,
    testTimeout: 45_000,
    hookTimeout: 90_000,
  },
});

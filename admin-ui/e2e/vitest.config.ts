import { defineConfig } from 'vitest/config';

// Tests that need the town's only channel for themselves, or a machine that is not busy with others.
const alone = ['e2e/story.spec.ts', 'e2e/channel.spec.ts', 'e2e/setup.spec.ts'];

/** The browser tests: one demo of the whole product and one browser for all of them. */
export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    globalSetup: ['e2e/demo.ts'],
    reporters: ['default', './e2e/counter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'together', include: ['e2e/**/*.spec.ts'], exclude: alone, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
    pool: 'forks',
    isolate: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});

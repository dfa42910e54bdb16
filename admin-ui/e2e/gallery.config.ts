import { defineConfig } from 'vitest/config';

/** Takes the pictures of the README, by `npm run gallery`. */
export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    globalSetup: ['e2e/demo.ts'],
    include: ['e2e/gallery.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 90_000,
  },
});

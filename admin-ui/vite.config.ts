import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { mockHub } from './build/mock-hub.ts';
import { precompress } from './build/precompress.ts';

const hub = process.env['SPORTELLO_INTERNAL_URL'] ?? 'http://127.0.0.1:8081';

export default defineConfig(({ mode }) => ({
  plugins: [react(), mode === 'mock' ? mockHub() : precompress()],
  resolve: { alias: { '@': `${import.meta.dirname}/src` } },
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // The page's policy allows no inline script and no data: script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    emptyOutDir: true,
  },
  server: { proxy: { '/api': { target: hub, changeOrigin: false } } },
  test: {
    css: false,
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 30_000,
    env: { DEBUG_PRINT_LIMIT: '1500' },
    // A document costs seconds per file: only what needs one gets one.
    projects: [
      {
        extends: true,
        test: {
          name: 'logic',
          environment: 'node',
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.dom.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          environment: 'jsdom',
          include: ['src/**/*.test.tsx', 'src/**/*.dom.test.ts'],
          setupFiles: ['./src/test-setup.ts'],
        },
      },
    ],
  },
}));

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
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}', 'fake/**/*.test.ts'],
    setupFiles: ['./src/test-setup.ts'],
    css: false,
    restoreMocks: true,
  },
}));

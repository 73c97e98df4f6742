import { defineConfig } from 'vitest/config';

// Three speeds: what `npm run check` needs, what needs no machinery, and what plays on the real Asterisk.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'check', include: ['test/check/**/*.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['{src,lab,test/unit,test/store,test/fakes}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

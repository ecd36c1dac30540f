import { defineConfig } from 'vitest/config';

// The end-to-end suite needs Docker and a browser, so it runs only when asked for: vitest run --project e2e
const wantsEndToEnd = /--project[ =]e2e\b/.test(process.argv.join(' '));

const services = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // Forks: the kernel ends a child with the thread that started it, so tests of child processes need a main thread.
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'integration', include: ['test/{integration,chaos}/**/*.test.ts'], ...services } },
      ...(wantsEndToEnd
        ? [{
            test: {
              name: 'e2e',
              include: ['test/e2e/**/*.test.ts'],
              ...services,
              globalSetup: [...services.globalSetup, 'test/e2e/support/docker-setup.ts'],
              testTimeout: 600_000,
              hookTimeout: 600_000,
            },
          }]
        : []),
    ],
  },
});

import { defineConfig } from 'vitest/config';

// The end-to-end suite needs Docker and a browser, so it runs only when asked for: vitest run --project e2e
const wantsEndToEnd = /--project[ =]e2e\b/.test(process.argv.join(' '));

// These end what hangs. They measure nothing, so they are far beyond what a machine under load needs, and longer than the waits inside a test (60 s each).
const limits = { setupFiles: ['test/support/seed.ts'], testTimeout: 180_000, hookTimeout: 180_000, teardownTimeout: 60_000, expect: { poll: { timeout: 60_000 } } };

const services = {
  globalSetup: ['test/support/global-setup.ts'],
  ...limits,
};

export default defineConfig({
  test: {
    // Forks: the kernel ends a child with the thread that started it, so tests of child processes need a main thread.
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...limits } },
      { test: { name: 'integration', include: ['test/{integration,chaos,fuzz,soak}/**/*.test.ts'], ...services } },
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

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Processes, not threads: a test's servers end with the thread that started them (services/stack/child.ts).
    pool: 'forks',
    // Many tests start real servers: more at once would measure the machine.
    maxWorkers: 2,
    // A real server's first start on a busy machine takes seconds; a test that hangs should still say so soon.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    restoreMocks: true,
  },
})

import { defineConfig } from 'vitest/config'

/** `npm run test:web`: its files do not end in `.test.ts`, so `npm test` needs no browser. */
export default defineConfig({
  test: {
    include: ['test/web/*.web.ts'],
    globalSetup: ['test/web/stage.ts'],
    pool: 'forks',
    // One system and one of its files at a time: a test that kills the gateway would be felt by the others.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The gate runs on machines that do other work as well: what fails there is tried once more, and the report says so.
    retry: process.env['CI'] ? 1 : 0,
  },
})

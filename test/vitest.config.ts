import path from 'node:path'
import { defineConfig } from 'vitest/config'

const root = path.join(import.meta.dirname, '..')
/** These start no Parley and so know no database, or look at what does not depend on it. */
const WITHOUT_DATABASE = [
  'test/api/livekit-*.test.ts',
  'test/api/docker.test.ts',
  'test/api/backup.test.ts',
  'test/api/start*.test.ts',
  'test/api/oauth-clients.test.ts',
  'test/api/recording-media.test.ts',
]
const common = { root, testTimeout: 60_000, hookTimeout: 120_000, pool: 'forks' as const }
/** Live servers and media on a machine that does other things too: one more try, and the output says who needed it. */
const live = { ...common, retry: 1 }

/**
 * `unit` beside the code; the API tests once on SQLite and once on PostgreSQL; `reference` holds openapi.json, the
 * guides and clients made from them against a server.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['server/**/*.test.ts', 'web/**/*.test.ts', 'bench/**/*.test.ts'],
        },
      },
      {
        test: {
          ...live,
          name: 'sqlite',
          include: ['test/api/*.test.ts'],
          env: { PARLEY_TEST_DATABASE: 'sqlite' },
        },
      },
      {
        test: {
          ...live,
          name: 'postgres',
          include: ['test/api/*.test.ts'],
          exclude: WITHOUT_DATABASE,
          env: { PARLEY_TEST_DATABASE: 'postgres' },
          globalSetup: [path.join(import.meta.dirname, 'support/postgres.ts')],
        },
      },
      {
        test: {
          ...live,
          name: 'reference',
          include: ['test/reference/*.test.ts'],
          env: { PARLEY_TEST_DATABASE: 'sqlite' },
          globalSetup: [path.join(import.meta.dirname, 'support/reference-tools.ts')],
        },
      },
      {
        test: {
          ...common,
          name: 'long',
          include: ['test/long/*.test.ts'],
          testTimeout: 10 * 60_000,
          // Each wants both cores for itself.
          fileParallelism: false,
          globalSetup: [path.join(import.meta.dirname, 'support/postgres.ts')],
        },
      },
    ],
  },
})

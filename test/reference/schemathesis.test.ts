import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { endpoints } from '../../server/endpoints.ts'
import { isPublic } from '../../server/http/openapi.ts'
import { API_KEY, startParley } from '../support/parley.ts'
import { runCommand } from '../support/run-command.ts'

const python = inject('python')
/** Left out in python/schemathesis.toml, which says why. */
const LEFT_OUT = ['revokeKey', 'updateKey', 'rotateKey']
const MINUTES = 60_000

describe.skipIf(python === null)('what openapi.json says', () => {
  it(
    'holds for thousands of generated requests, right and wrong ones',
    async () => {
      const parley = await startParley()
      // It writes its cache where it runs.
      const cwd = await mkdtemp(path.join(tmpdir(), 'parley-schemathesis-'))
      try {
        const { code, output } = await runCommand(
          python ?? '',
          [
            '-m',
            'schemathesis.cli',
            '--config-file',
            path.join(import.meta.dirname, 'python/schemathesis.toml'),
            'run',
            `${parley.url}/api/v1/openapi.json`,
            '--header',
            `X-API-KEY: ${API_KEY}`,
            '--max-examples',
            '10',
          ],
          {
            cwd,
            env: {
              PYTHONPATH: path.join(import.meta.dirname, 'python'),
              COLUMNS: '120',
              PYTHONDONTWRITEBYTECODE: '1',
            },
            withinMs: 9 * MINUTES,
          },
        )
        expect(code, output).toBe(0)
        const all = endpoints.filter(isPublic).length
        expect(output).toMatch(new RegExp(`Tested: ${all - LEFT_OUT.length}\\b`))
        expect(Number(/(\d+) generated/.exec(output)?.[1]), output).toBeGreaterThan(1000)
      } finally {
        await parley.stop()
        await rm(cwd, { recursive: true, force: true })
      }
    },
    10 * MINUTES,
  )
})

import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { endpoints, nameOf } from '../endpoints.ts'
import { openApiDocument } from './openapi.ts'

/** Redocly's recommended rules as errors, and these. What is off says why. */
const RULES = {
  'operation-operationId-unique': 'error',
  'operation-singular-tag': 'error',
  'operation-tag-defined': 'error',
  'parameter-description': 'error',
  'path-parameters-defined': 'error',
  'no-unused-components': 'error',
  'no-invalid-schema-examples': 'error',
  'no-invalid-media-type-examples': 'error',
  'spec-strict-refs': 'off',
  // The address is the server's own; a local one has no certificate.
  'no-server-example.com': 'off',
} as const

const lint = async (document: object) => {
  const config = await createConfig({ extends: ['recommended-strict'], rules: { ...RULES } })
  const problems = await lintFromString({ source: JSON.stringify(document), config })
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`)
}
const document = openApiDocument(endpoints, nameOf, { version: '0.1.0', baseUrl: 'https://meet.example.org' })

describe('openapi.json', () => {
  it('is valid OpenAPI 3.1 and keeps the rules of the linter', async () => {
    expect(await lint(document)).toEqual([])
  })

  it('would be told by the linter what is wrong', async () => {
    const { info: _, ...broken } = document as { info: unknown }
    expect(await lint(broken)).not.toEqual([])
  })
})

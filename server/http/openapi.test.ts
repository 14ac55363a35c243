import { describe, expect, it } from 'vitest'
import { endpoints, nameOf } from '../endpoints.ts'
import { isPublic, openApiDocument, openApiPath } from './openapi.ts'
import { TAG_ORDER, tagOf, TAGS } from './openapi-text.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  examples?: unknown[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}
interface Operation {
  operationId: string
  summary: string
  description: string
  parameters?: { name: string; description?: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>
}
// The document is typed as plain object; these are the parts that are looked at.
const document = openApiDocument(endpoints, nameOf, { version: '0', baseUrl: 'http://parley.test' }) as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
const shown = endpoints.filter(isPublic)
const operationOf = ({ method, path }: (typeof shown)[number]): Operation | undefined =>
  document.paths[openApiPath(path)]?.[method]

/** Where a reader would be left to guess: what has no description, and text or a number that has no example. */
function gapsIn(schema: Schema, at: string): string[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...gapsOfField(field, `${at}.${name}`),
    ...gapsIn(field, `${at}.${name}`),
  ])
  const values = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []
  const items = schema.items === undefined ? [] : [schema.items]
  return [...properties, ...[...parts, ...values, ...items].flatMap((part) => gapsIn(part, at))]
}

function gapsOfField(field: Schema, at: string): string[] {
  const target =
    field.$ref === undefined ? field : (document.components.schemas[field.$ref.split('/').at(-1) ?? ''] ?? {})
  const leaves = [target, ...(target.anyOf ?? []), ...(target.items === undefined ? [] : [target.items])]
  const needsExample = leaves.some(
    ({ type, enum: values, const: only }) =>
      values === undefined &&
      only === undefined &&
      ['string', 'number', 'integer'].some((one) => isOf(type, one)),
  )
  const hasExample = [field, ...leaves].some(({ examples }) => (examples?.length ?? 0) > 0)
  return [
    ...((field.description ?? target.description ?? '') === '' ? [`${at} has no description`] : []),
    ...(needsExample && !hasExample ? [`${at} has no example`] : []),
  ]
}
const isOf = (type: string | string[] | undefined, name: string): boolean =>
  Array.isArray(type) ? type.includes(name) : type === name

describe('the API reference', () => {
  it.each(shown.map((one) => [`${one.method} ${one.path}`, one] as const))(
    'leaves nothing to guess: %s',
    (_, one) => {
      const operation = operationOf(one)
      if (operation === undefined) throw new Error('this endpoint is not in the document')
      expect(one.description ?? '', 'a description beside the summary').not.toBe('')
      if (one.body !== undefined)
        expect(() => one.body?.parse(one.example), 'an example that is valid').not.toThrow()
      expect(tagOf(one.path), 'a section in openapi-text.ts').toBeDefined()
      const parameters = (operation.parameters ?? []).flatMap(({ name, description, schema }) => [
        ...gapsOfField({ ...schema, description: description ?? schema.description ?? '' }, name),
        ...gapsIn(schema, name),
      ])
      const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.values(part?.content ?? {}).flatMap(({ schema }) => gapsIn(schema, '')),
      )
      expect([...parameters, ...bodies]).toEqual([])
    },
  )

  it.each(Object.entries(document.components.schemas))('leaves nothing to guess: %s', (name, schema) => {
    expect(gapsIn(schema, name)).toEqual([])
  })

  it('has a name for each endpoint, and each section in its order', () => {
    const ids = shown.map((one) => operationOf(one)?.operationId ?? '')
    expect(ids).not.toContain('')
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(TAG_ORDER)).toEqual(new Set(TAGS.map(({ name }) => name)))
  })
})

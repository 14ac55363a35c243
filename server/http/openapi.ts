import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi'
import type { AnyEndpoint, Needs } from './endpoint.ts'

const ErrorBody = z
  .object({
    error: z.string().meta({ description: 'Short name of what went wrong' }),
    message: z.string().meta({ description: 'A sentence that says what to do' }),
    code: z.string().optional().meta({ description: 'Stable machine code' }),
    details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Error', description: 'Every answer that is not 2xx' })

const ERRORS: Record<number, string> = {
  400: 'Malformed or invalid input',
  401: 'No credential, or a bad one',
  403: 'The credential does not allow this',
  404: 'Not there, or not for this caller',
  409: 'Not possible in the present state',
  422: 'Invalid input; `details` names each field',
}

/** The OpenAPI 3.1 document of the public endpoints, from the values that also make their routes. */
export function openApiDocument(endpoints: readonly AnyEndpoint[], version: string): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const one of endpoints) {
    if (!one.path.startsWith('/api/v1/')) continue
    const path = one.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [one.method]: operation(one) }
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Parley REST API', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/', description: 'This server' }],
      paths,
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-KEY' },
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
          roomMemberToken: { type: 'apiKey', in: 'header', name: 'X-Room-Member-Token' },
          session: { type: 'apiKey', in: 'cookie', name: 'parley.session_token' },
        },
      },
    },
    { override: ({ jsonSchema }) => shorten(jsonSchema) },
  )
}

function operation(one: AnyEndpoint): ZodOpenApiOperationObject {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } })
  const statuses = [one.answer.status, ...(one.answer.alsoStatus ?? [])]
  const responses = Object.fromEntries(
    statuses.map((status) => [
      String(status),
      status === 204
        ? { description: 'Done' }
        : { description: 'The answer', content: json(one.answer.body) },
    ]),
  )
  const possible = [
    401,
    403,
    404,
    409,
    one.dialect === 'openvidu' ? 422 : 400,
    ...(one.body === undefined ? [] : [400]),
  ]
  const errors = Object.fromEntries(
    possible
      .filter((status) => responses[String(status)] === undefined)
      .map((status) => [
        String(status),
        { description: ERRORS[status] ?? 'Error', content: json(ErrorBody) },
      ]),
  )
  return {
    operationId: `${one.method}${one.path.replace(/^\/api\/v1/, '').replace(/[/:](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: one.summary,
    ...(one.description === undefined ? {} : { description: one.description }),
    tags: [one.path.split('/')[3] ?? 'other'],
    security: securityOf(one.needs),
    ...(one.params === undefined && one.query === undefined
      ? {}
      : {
          requestParams: {
            ...(one.params === undefined ? {} : { path: one.params }),
            ...(one.query === undefined ? {} : { query: one.query }),
          },
        }),
    ...(one.body === undefined ? {} : { requestBody: { required: true, content: json(one.body) } }),
    responses: { ...responses, ...errors },
  }
}

function securityOf(needs: Needs): Record<string, string[]>[] {
  return [
    ...(needs.key === undefined ? [] : [{ key: [] }, { bearer: [] }]),
    ...(needs.roomMember === undefined ? [] : [{ roomMemberToken: [] }]),
    ...(needs.session === undefined ? [] : [{ session: [] }]),
    ...(needs.anonymous === undefined ? [] : [{}]),
  ]
}

/** Takes out what only makes the page long: the bounds of every integer, the pattern of every date. */
function shorten(schema: { [name: string]: unknown }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.format === 'date-time' || schema.format === 'email') delete schema.pattern
}

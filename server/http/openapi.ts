import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import { SCOPE_TEXTS } from '../oauth/scopes.ts'
import { EVENTS, eventBody } from '../webhooks/event-schema.ts'
import { EVENT_NAMES, type EventName } from '../webhooks/outbox.ts'
import type { AnyEndpoint } from './endpoint.ts'
import { MAX_KEY_LENGTH } from './idempotency.ts'
import { errorResponses } from './openapi-errors.ts'
import { HEADERS, introduction, TAG_ORDER, tagOf, TAGS } from './openapi-text.ts'
import { DEFAULT_LIMITS } from './rate-limits.ts'

/** Endpoints that others may build on; what only our own pages call is below /internal-api. */
export const isPublic = ({ path }: Pick<AnyEndpoint, 'path'>): boolean => !path.startsWith('/internal-api/')

/** `/rooms/:roomId` as OpenAPI writes it. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

/**
 * The OpenAPI 3.1 document of the public endpoints, from the values that also make their routes. Its addresses begin
 * with `baseUrl`; `nameOf` gives the operation id.
 */
export function openApiDocument(
  endpoints: readonly AnyEndpoint[],
  nameOf: (one: AnyEndpoint) => string,
  { version, baseUrl }: { version: string; baseUrl: string },
): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const one of endpoints.filter(isPublic).sort(byPath)) {
    const path = openApiPath(one.path)
    paths[path] = { ...paths[path], [one.method]: operation(one, nameOf(one)) }
  }
  const used = new Set(endpoints.filter(isPublic).map((one) => tagOf(one.path)))
  const own = endpoints.filter(isPublic).flatMap(({ answer }) => answer.headers ?? [])
  const headers = new Set<string>(['X-Request-Id', 'Retry-After', ...own])
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Parley API',
        version,
        description: introduction(`${baseUrl}/api/v1/docs/guides`).trim(),
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: baseUrl, description: 'This server' }],
      tags: TAG_ORDER.filter((name) => used.has(name)).map((name) => ({
        name,
        description: TAGS.find((tag) => tag.name === name)?.description ?? '',
      })),
      paths,
      webhooks: Object.fromEntries(EVENT_NAMES.map((event) => [event, { post: delivery(event) }])),
      components: {
        securitySchemes: {
          key: {
            type: 'apiKey',
            in: 'header',
            name: 'X-API-KEY',
            description: 'An API key, such as `parley_live_...`. Made on the page Embedded.',
          },
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'The same API key in `Authorization: Bearer`.',
          },
          oauth: {
            type: 'oauth2',
            description: 'An access token of an app that acts for a user, in `Authorization: Bearer`.',
            flows: {
              authorizationCode: {
                authorizationUrl: `${baseUrl}/oauth/authorize`,
                tokenUrl: `${baseUrl}/oauth/token`,
                refreshUrl: `${baseUrl}/oauth/token`,
                scopes: SCOPE_TEXTS,
              },
            },
          },
          roomMemberToken: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Room-Member-Token',
            description: '`Bearer` and the token of one participant in one room.',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'parley.session_token',
            description: 'Who is signed in to the console in this browser.',
          },
        },
        headers: Object.fromEntries(
          Object.entries(HEADERS)
            .filter(([name]) => headers.has(name))
            .map(([name, description]) => [
              name,
              { description, schema: { type: name === 'Retry-After' ? 'integer' : 'string' } },
            ]),
        ),
      },
    },
    {
      override: ({ jsonSchema, zodSchema, io }) => {
        if (io === 'input') restore(jsonSchema, zodSchema)
        sayType(jsonSchema, zodSchema)
        shorten(jsonSchema)
      },
    },
  )
}

/** What a receiver is sent of one event (contract/openvidu-meet.md 6). */
const delivery = (event: EventName): ZodOpenApiOperationObject => ({
  operationId: event,
  summary: EVENTS[event].summary,
  description: 'Sent to every subscription that wants it. Any answer but 2xx within 10 s is tried again.',
  tags: ['Webhooks'],
  security: [{}],
  requestParams: { header: DeliveryHeaders },
  requestBody: { required: true, content: { 'application/json': { schema: eventBody(event) } } },
  responses: {
    '200': { description: 'Taken; so is any other 2xx' },
    '410': { description: 'The receiver wants nothing more: the subscription is disabled' },
  },
})

const DeliveryHeaders = z.object({
  'X-Timestamp': z.string().meta({ description: 'ms since the epoch', examples: ['1755690000000'] }),
  'X-Signature': z.string().meta({
    description: 'Hex HMAC-SHA256 of `<X-Timestamp>.<body>` under the secret',
    examples: ['5f1c...'],
  }),
  'webhook-id': z
    .string()
    .meta({ description: 'The same for all tries of an event', examples: ['evt_8f0c2m1x9d7b5k3j6h4g'] }),
  'webhook-timestamp': z.string().meta({ description: 'Seconds since the epoch', examples: ['1755690000'] }),
  'webhook-signature': z.string().meta({
    description: 'As Standard Webhooks defines it',
    examples: ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4='],
  }),
})

const METHODS = ['post', 'get', 'put', 'patch', 'delete']
/** What is made first, then what is done with it. */
const byPath = (a: AnyEndpoint, b: AnyEndpoint): number =>
  a.path === b.path ? METHODS.indexOf(a.method) - METHODS.indexOf(b.method) : a.path < b.path ? -1 : 1

const IdempotencyKey = z
  .string()
  .max(MAX_KEY_LENGTH)
  .optional()
  .meta({
    description: 'Any text of your own: the same request sent again with it is done once, for 24 hours',
    examples: ['order-4711'],
  })
const Fields = z
  .string()
  .optional()
  .meta({ description: 'The same as the query parameter `fields`', examples: ['roomId,roomName'] })
const ExtraFields = z
  .string()
  .optional()
  .meta({ description: 'The same as the query parameter `extraFields`', examples: ['config'] })

function operation(one: AnyEndpoint, operationId: string): ZodOpenApiOperationObject {
  const header = {
    ...(one.method === 'post' && one.path.startsWith('/api/v1/')
      ? { 'Idempotency-Key': IdempotencyKey }
      : {}),
    ...(choosesFields(one) ? { 'X-Fields': Fields, 'X-ExtraFields': ExtraFields } : {}),
  }
  const requestParams = {
    ...(one.params === undefined ? {} : { path: one.params }),
    ...(one.query === undefined ? {} : { query: one.query }),
    ...(Object.keys(header).length === 0 ? {} : { header: z.object(header) }),
  }
  const tag = tagOf(one.path)
  return {
    operationId,
    summary: one.summary,
    description: [one.description ?? '', accessText(one)].filter((text) => text !== '').join('\n\n'),
    ...(tag === undefined ? {} : { tags: [tag] }),
    security: securityOf(one),
    ...(Object.keys(requestParams).length === 0 ? {} : { requestParams }),
    ...(one.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: one.body,
                ...(one.example === undefined
                  ? {}
                  : { examples: { example: { summary: 'Example', value: one.example as object } } }),
              },
            },
          },
        }),
    responses: { ...errorResponses(one), ...successes(one) },
  }
}

const choosesFields = ({ query }: AnyEndpoint): boolean =>
  query instanceof z.ZodObject && 'extraFields' in query.shape

const MEANING: Record<number, string> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: it is done when the meeting ends',
  206: 'A part of the file',
  400: 'Some of it failed',
}

function successes({ answer }: AnyEndpoint): Record<string, ZodOpenApiResponseObject> {
  const headers = Object.fromEntries(
    ['X-Request-Id', ...(answer.headers ?? [])].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  )
  const bytes = (type: string) => ({ [type]: { schema: { type: 'string' as const, format: 'binary' } } })
  const content = {
    ...(answer.type === undefined
      ? { 'application/json': { schema: withoutSecrets(answer) } }
      : bytes(answer.type)),
    ...(answer.alsoType === undefined ? {} : bytes(answer.alsoType)),
  }
  return Object.fromEntries(
    [answer.status, ...(answer.alsoStatus ?? [])].map((status) => [
      String(status),
      status === 204
        ? { description: 'Done; there is no body', headers }
        : { description: MEANING[status] ?? 'The answer', headers, content },
    ]),
  )
}

const repeatable = new WeakMap<z.ZodType, z.ZodType>()

/** What is shown once is missing from an answer that Idempotency-Key repeats. */
function withoutSecrets({ body, shownOnce }: AnyEndpoint['answer']): z.ZodType {
  if (shownOnce === undefined || !(body instanceof z.ZodObject)) return body
  const known = repeatable.get(body)
  if (known !== undefined) return known
  const shape: Record<string, z.ZodType> = Object.fromEntries(
    shownOnce.map((name) => [
      name,
      (body.shape as Record<string, z.ZodType>)[name]?.optional() ?? z.unknown(),
    ]),
  )
  const made = body.extend(shape).meta(body.meta() ?? {})
  repeatable.set(body, made)
  return made
}

/** Who may call, with which permission and scope, and how often. */
function accessText({ needs, scope, group = 'crud', limit, answer }: AnyEndpoint): string {
  const callers = [
    needs.key === undefined ? [] : [`API key with the permission \`${needs.key}\``],
    needs.session === undefined ? [] : [`console session with the role \`${needs.session}\``],
    needs.roomMember === undefined
      ? []
      : [
          needs.roomMember === true
            ? 'room member token'
            : `room member token with the permission \`${needs.roomMember}\``,
        ],
    needs.anonymous === undefined ? [] : ['nobody at all'],
  ].flat()
  const count = limit === undefined ? DEFAULT_LIMITS[group] : DEFAULT_LIMITS[limit]
  const per = limit === 'createKey' ? 'an hour for each address' : 'a minute'
  return [
    `- **Who may call:** ${callers.join(', or ')}`,
    ...(scope === undefined ? [] : [`- **OAuth scope:** ${scope === 'any' ? 'any' : `\`${scope}\``}`]),
    `- **Rate limit:** ${count} ${per}${limit === undefined ? ` (group \`${group}\`)` : ''}`,
    ...(answer.shownOnce ?? []).map(
      (name) => `- **Shown once:** \`${name}\` is not in an answer that \`Idempotency-Key\` repeats`,
    ),
  ].join('\n')
}

function securityOf({ needs, scope }: AnyEndpoint): Record<string, string[]>[] {
  return [
    ...(needs.key === undefined ? [] : [{ key: [] }, { bearer: [] }]),
    ...(scope === undefined ? [] : [{ oauth: scope === 'any' ? [] : [scope] }]),
    ...(needs.roomMember === undefined ? [] : [{ roomMemberToken: [] }]),
    ...(needs.session === undefined ? [] : [{ session: [] }]),
    ...(needs.anonymous === undefined ? [] : [{}]),
  ]
}

/** Zod leaves examples and defaults out where the input is transformed: ours are written as they are sent. */
function restore(schema: { [name: string]: unknown }, zodSchema: z.core.$ZodTypes): void {
  const examples = z.globalRegistry.get(zodSchema)?.examples
  if (examples !== undefined && schema.$ref === undefined) schema.examples ??= examples
  if (zodSchema._zod.def.type === 'default') schema.default ??= zodSchema._zod.def.defaultValue
}

/**
 * Takes out what only makes the page long: the bounds of every integer, the pattern of every date, and the choice
 * between something and null, which JSON Schema says in `type` alone.
 */
function shorten(schema: { [name: string]: unknown }): void {
  const { anyOf } = schema
  if (Array.isArray(anyOf) && anyOf.length === 2) {
    // The library made them: each is a schema object.
    const [some, none] = anyOf as { type?: unknown; enum?: unknown }[]
    if (none?.type === 'null' && typeof some?.type === 'string' && some.enum === undefined) {
      delete schema.anyOf
      Object.assign(schema, { ...some, ...schema, type: [some.type, 'null'] })
    }
  }
  // A schema of anything, as the boolean that all readers know.
  if (isEmpty(schema.additionalProperties)) schema.additionalProperties = true
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.format === 'date-time' || schema.format === 'email') delete schema.pattern
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** Some readers take a schema for broken that names its type only in each of its choices. */
function sayType(schema: { [name: string]: unknown }, zodSchema: z.core.$ZodTypes): void {
  if (!Array.isArray(schema.anyOf)) return
  const { def } = zodSchema._zod
  const options = def.type === 'union' ? def.options : []
  // The library made the choices: each is a schema object. One with a name of its own is only referred to here.
  const types = (schema.anyOf as { type?: unknown }[]).flatMap(
    ({ type }, i) => type ?? (options[i]?._zod.def.type === 'object' ? 'object' : undefined),
  )
  if (types.every((type) => typeof type === 'string')) schema.type ??= [...new Set(types)]
}

import { z } from 'zod'
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { CODES, type Code } from '../error-codes.ts'
import { OPENVIDU_NAMES, PARLEY_NAMES } from '../errors.ts'
import type { AnyEndpoint, Dialect } from './endpoint.ts'

const ErrorBody = z
  .object({
    error: z.string().meta({ description: 'Short name of what went wrong', examples: ['Room Error'] }),
    message: z
      .string()
      .meta({ description: 'A sentence that says what to do', examples: ["Room 'daily' does not exist"] }),
    code: z
      .string()
      .optional()
      .meta({ description: 'Stable, for programs; see the guide on errors', examples: ['room_not_found'] }),
    details: z
      .array(
        z.object({
          field: z.string().meta({
            description: 'Dotted path of the field; empty for the whole body',
            examples: ['roomName'],
          }),
          message: z.string().meta({ description: 'What is wrong with it', examples: ['Required'] }),
        }),
      )
      .optional()
      .meta({ description: 'With `validation_failed`: each field at fault' }),
    requestId: z
      .string()
      .optional()
      .meta({
        description: 'With `internal_error`: what the operator looks for in the log',
        examples: ['a1-7'],
      }),
  })
  .meta({ id: 'Error', description: 'Every answer that is not 2xx' })

const PlainErrorBody = z
  .object({
    success: z.literal(false).meta({ description: 'Always `false`' }),
    message: z.string().meta({ description: 'What went wrong', examples: ['Invalid API key'] }),
    code: z.string().meta({ description: 'Stable, for programs', examples: ['auth_invalid'] }),
    details: ErrorBody.shape.details,
    requestId: ErrorBody.shape.requestId,
  })
  .meta({ id: 'PlainError', description: 'Every answer that is not 2xx, below `/auth` and `/web_call`' })

const HEADER_REF = (name: string) => ({ $ref: `#/components/headers/${name}` })

const KEY: Code[] = [
  'auth_invalid',
  'auth_revoked',
  'auth_expired',
  'ip_not_allowed',
  'subscription_required',
]

/** Every code that this endpoint may answer: what its kind of endpoint may, and its own. */
export function codesOf(one: AnyEndpoint): Code[] {
  const { needs, method } = one
  const isAnonymous = needs.anonymous === true
  const takesInput = [one.params, one.query, one.body].some((schema) => schema !== undefined)
  const codes: (Code | false)[] = [
    !isAnonymous && 'auth_missing',
    ...(needs.key === undefined
      ? []
      : ([...KEY, 'auth_ambiguous', 'permission_denied', 'insufficient_scope'] as const)),
    (needs.roomMember !== undefined || needs.session !== undefined) && 'auth_invalid',
    needs.session !== undefined && 'token_subject_unknown',
    needs.session !== undefined && needs.duringPasswordChange !== true && 'password_change_required',
    (needs.session !== undefined || needs.roomMember !== undefined) && 'permission_denied',
    needs.session !== undefined && method !== 'get' && 'foreign_site',
    'invalid_host',
    'invalid_character',
    takesInput && 'validation_failed',
    ...(one.body === undefined
      ? []
      : (['invalid_json', 'invalid_body', 'body_too_large', 'unsupported_media_type'] as const)),
    ...(method === 'post' && one.path.startsWith('/api/v1/')
      ? (['idempotency_mismatch', 'idempotency_key_too_long', 'idempotency_in_progress'] as const)
      : []),
    ...(one.errors ?? []),
    'rate_limited',
    'internal_error',
  ]
  return [...new Set(codes.filter((code) => code !== false))]
}

/** Where a code ends up: faults in the input are 400 but on OpenVidu's routes. */
export const statusOf = (code: Code, dialect: Dialect): number =>
  code === 'validation_failed' && dialect !== 'openvidu' ? 400 : CODES[code][0]

/** The error answers of an endpoint by status; each code is an example of its own. */
export function errorResponses(one: AnyEndpoint): Record<string, ZodOpenApiResponseObject> {
  const dialect = one.dialect ?? 'parley'
  const codes = codesOf(one)
  const statuses = [...new Set(codes.map((code) => statusOf(code, dialect)))]
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      errorResponse(
        codes.filter((code) => statusOf(code, dialect) === status),
        status,
        dialect,
      ),
    ]),
  )
}

const errorResponse = (codes: Code[], status: number, dialect: Dialect): ZodOpenApiResponseObject => ({
  description: codes.map((code) => `- \`${code}\`: ${CODES[code][1]}`).join('\n'),
  headers: {
    'X-Request-Id': HEADER_REF('X-Request-Id'),
    ...(status === 429 ? { 'Retry-After': HEADER_REF('Retry-After') } : {}),
  },
  content: {
    'application/json': {
      schema: dialect === 'vyom' ? PlainErrorBody : ErrorBody,
      examples: Object.fromEntries(
        codes.map((code) => [code, { summary: code, value: exampleOf(code, status, dialect) }]),
      ),
    },
  },
})

function exampleOf(code: Code, status: number, dialect: Dialect): object {
  const message = CODES[code][1]
  const details =
    code === 'validation_failed' ? { details: [{ field: 'name', message: 'Required' }] } : undefined
  const requestId = code === 'internal_error' ? { requestId: 'a1b2c3d4-7' } : undefined
  if (dialect === 'vyom') return { success: false, message, code, ...details, ...requestId }
  const names = dialect === 'openvidu' ? OPENVIDU_NAMES : PARLEY_NAMES
  const own: string | undefined = CODES[code].length === 3 ? CODES[code][2] : undefined
  // Answers that OpenVidu's clients compare key by key have no code.
  const isExact = own === code || (dialect === 'openvidu' && code === 'invalid_json')
  return {
    error: own ?? names[status] ?? 'Error',
    message,
    ...(isExact ? {} : { code }),
    ...details,
    ...requestId,
  }
}

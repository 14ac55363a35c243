import type { Request, RequestHandler, Response } from 'express'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import { BadRequest, Invalid, methodNotAllowed, NotFound, ParleyError } from '../errors.ts'
import { answerError, errorAnswer, render, sendJson, sendRendered } from './answer.ts'
import { authenticate } from './authenticate.ts'
import { readBody } from './body.ts'
import type { Caller, SessionCaller, Somebody } from './caller.ts'
import { type AnyEndpoint, type Dialect, type Group, Reply, Streamed } from './endpoint.ts'
import type { KeptAnswer } from './idempotency.ts'
import { KeptAnswers } from './kept-answers.ts'
import { deprecatedUses } from '../rooms/permissions.ts'
import { baseUrlOf } from './own-address.ts'
import type { LimitName } from './rate-limits.ts'
import { faultsOf, zod3Wording } from './zod-wording.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Serves every endpoint: looks it up in constant work, authenticates, parses, acts, answers. Unknown paths get
 * 404 and known ones with another method 405, both before any authentication.
 */
export function serveEndpoints(ctx: Context, endpoints: readonly AnyEndpoint[]): RequestHandler {
  const router = findMyWay({ ignoreTrailingSlash: true, maxParamLength: 500 })
  for (const one of endpoints) {
    router.on(one.method.toUpperCase() as HTTPMethod, one.path, () => undefined, one)
  }
  const log = ctx.log.child({ name: 'http' })

  return (req, res) => {
    const method = req.method === 'HEAD' ? 'GET' : req.method
    const found = router.find(method as HTTPMethod, req.path)
    const target = found?.store as AnyEndpoint | undefined
    const dialect = target === undefined ? dialectOf(req.path) : (target.dialect ?? 'parley')
    const work =
      found === null || target === undefined
        ? Promise.reject(unknownRoute(router, req))
        : serve(ctx, target, found.params, req, res)
    work.catch(async (err: unknown) => {
      // Whoever has not been counted by their credentials counts by their address, errors included.
      const counted = await countByAddress(ctx, req, res).catch((limit: unknown) => limit)
      answerError(req, res, counted ?? err, dialect, log)
    })
  }
}

const dialectOf = (path: string): Dialect =>
  /^\/(api|internal-api)\/v1\/(rooms|recordings|users|meetings)(\/|$)/.test(path)
    ? 'openvidu'
    : /^\/(auth|web_call)\//.test(path)
      ? 'vyom'
      : 'parley'

function unknownRoute(router: findMyWay.Instance<findMyWay.HTTPVersion.V1>, req: Request) {
  const allowed = METHODS.filter((method) => router.find(method, req.path) !== null)
  if (allowed.length === 0)
    return new NotFound('path_not_found', `There is nothing at ${req.path}`, { error: 'Path Not Found' })
  return methodNotAllowed(req.method, allowed)
}

async function serve(
  ctx: Context,
  target: AnyEndpoint,
  rawParams: Record<string, string | undefined>,
  req: Request,
  res: Response,
): Promise<void> {
  if (req.url.includes('%00')) throw new BadRequest('invalid_character', 'The address holds a NUL character')
  const rawBody: unknown =
    target.body === undefined ? undefined : await readBody(req, res, target.dialect ?? 'parley')
  const refuseDeprecated = () => {
    if (target.takesPermissions !== true || ctx.config.compatibility.permissionNames === 'both') return
    const faults = deprecatedUses(rawBody)
    if (faults.length > 0) throw new Invalid(faults)
  }
  const parseAll = () => ({
    params: parse(target.params, rawParams, target.paramsPrefix),
    query: parseQuery(target, req),
    body: parse(target.body, rawBody),
    headers: parse(target.headers, req.headers, 'headers'),
  })
  const early = target.parseFirst === true ? parseAll() : undefined
  const caller = await authenticate(ctx, req, target)
  const group = target.group ?? 'crud'
  if (caller.kind === 'key') recordUse(ctx, caller.keyId, target, group, req, res)
  if (caller.kind !== 'nobody') await countByCaller(ctx, res, caller, group, target.limit)
  else if (target.limit !== undefined) await ctx.rateLimits.take(res, target.limit, addressOf(req))
  else if (isLimited(req.path)) await countByAddress(ctx, req, res)

  const baseUrl = baseUrlOf(ctx.config, req)
  const version = target.isPure === true && caller.kind === 'key' ? ctx.database.version() : null
  const keptKey =
    version !== null && caller.kind === 'key' ? KeptAnswers.keyOf(target, caller, baseUrl, req) : ''
  const kept = version === null ? undefined : ctx.keptAnswers.find(version, keptKey)
  if (kept !== undefined) {
    for (const [name, value] of Object.entries(kept.headers)) res.setHeader(name, value)
    sendRendered(req, res, kept)
    return
  }

  const act = async (): Promise<KeptAnswer> => {
    refuseDeprecated()
    const input = { caller, ...(early ?? parseAll()), req, res, baseUrl }
    const result: unknown = await target.act(ctx, input)
    const { body, options } = result instanceof Reply ? result : new Reply(result, {})
    return { status: options.status ?? target.answer.status, headers: options.headers ?? {}, body }
  }
  const idempotencyKey = req.get('idempotency-key')
  const isKept = idempotencyKey !== undefined && req.method === 'POST' && req.path.startsWith('/api/v1/')
  const answer = isKept
    ? await once(ctx, target, [scopeOf(caller), req.path], idempotencyKey, rawBody, res, act)
    : await act()
  if (answer.body instanceof Streamed) return
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value)
  if (version !== null && answer.status === 200) {
    const rendered = { ...render(answer.body), headers: answer.headers }
    ctx.keptAnswers.keep(version, keptKey, rendered)
    sendRendered(req, res, rendered)
  } else if (answer.status === 204) res.status(204).end()
  else sendJson(req, res, answer.status, answer.body)
}

/** Does the work, or gives the answer that it gave before, without what is shown only once. */
async function once(
  ctx: Context,
  target: AnyEndpoint,
  scopeParts: string[],
  key: string,
  body: unknown,
  res: Response,
  act: () => Promise<KeptAnswer>,
): Promise<KeptAnswer> {
  const { scope, kept } = await ctx.idempotency.begin(scopeParts, key, body)
  if (kept !== null) {
    res.setHeader('Idempotent-Replayed', 'true')
    return kept
  }
  try {
    const answer = await act()
    await ctx.idempotency.keep(scope, {
      ...answer,
      body: without(answer.body, target.answer.shownOnce ?? []),
    })
    return answer
  } catch (err) {
    const answer = err instanceof ParleyError ? errorAnswer(err, target.dialect ?? 'parley') : null
    if (answer === null || [401, 403, 429].includes(answer.status) || answer.status >= 500)
      await ctx.idempotency.forget(scope)
    else await ctx.idempotency.keep(scope, answer)
    throw err
  }
}

const without = (body: unknown, fields: string[]): unknown =>
  fields.length === 0
    ? body
    : Object.fromEntries(Object.entries(body as object).filter(([name]) => !fields.includes(name)))

const scopeOf = (caller: Caller): string =>
  caller.kind === 'key'
    ? caller.keyId
    : caller.kind === 'session'
      ? `${caller.userId} ${caller.orgId} ${caller.environment}${caller.app === undefined ? '' : ` ${caller.app.clientId}`}`
      : caller.kind === 'roomMember'
        ? `${caller.roomId} ${caller.identity}`
        : 'nobody'

const isLimited = (path: string): boolean =>
  path.startsWith('/api/v1/') || path.startsWith('/auth/') || path.startsWith('/web_call/')

const addressOf = (req: Request): string => req.ip ?? 'unknown'

async function countByCaller(
  ctx: Context,
  res: Response,
  caller: Somebody,
  group: Group,
  limit: LimitName | undefined,
) {
  if (caller.kind === 'key') await ctx.rateLimits.take(res, group, caller.keyId, caller.rateLimits?.[group])
  else if (caller.kind === 'session') await ctx.rateLimits.take(res, group, countedAs(caller))
  else await ctx.rateLimits.take(res, limit ?? group, scopeOf(caller))
}

/** A session counts by user, an OAuth client by itself and user. */
const countedAs = ({ userId, app }: SessionCaller): string =>
  app === undefined ? userId : `${app.clientId} ${userId}`

/** Once a request: for who has no valid credentials, or came to no endpoint at all. */
async function countByAddress(ctx: Context, req: Request, res: Response): Promise<undefined> {
  if (res.hasHeader('X-RateLimit-Limit') || res.headersSent || !isLimited(req.path)) return
  await ctx.rateLimits.take(res, 'anonymous', addressOf(req))
}

function recordUse(
  ctx: Context,
  keyId: string,
  target: AnyEndpoint,
  group: Group,
  req: Request,
  res: Response,
) {
  const at = ctx.clock.now()
  const startedAt = performance.now()
  res.once('finish', () => {
    ctx.keys.usage.answered(keyId, group, {
      at,
      method: req.method,
      route: target.path,
      status: res.statusCode,
      ip: addressOf(req),
      durationMs: Math.round(performance.now() - startedAt),
    })
  })
}

/** Queries repeat, and what they parse to depends on nothing else: the last ones of each endpoint are kept. */
const KEPT_QUERIES = 100
const parsedQueries = new WeakMap<AnyEndpoint, Map<string, unknown>>()

function parseQuery(target: AnyEndpoint, req: Request): unknown {
  if (target.query === undefined) return undefined
  const text = req.url.slice(req.path.length)
  let kept = parsedQueries.get(target)
  if (kept === undefined) parsedQueries.set(target, (kept = new Map()))
  if (kept.has(text)) return kept.get(text)
  const parsed = Object.freeze(parse(target.query, req.query))
  if (kept.size >= KEPT_QUERIES) kept.clear()
  kept.set(text, parsed)
  return parsed
}

function parse(schema: z.ZodType | undefined, value: unknown, prefix?: string | null): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value, { error: zod3Wording })
  if (!parsed.success) throw new Invalid(faultsOf(parsed.error, prefix))
  return parsed.data
}

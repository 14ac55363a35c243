import type { Request, RequestHandler, Response } from 'express'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import { BadRequest, Invalid, MethodNotAllowed, NotFound } from '../errors.ts'
import { answerError } from './answer.ts'
import { authenticate } from './authenticate.ts'
import { readBody } from './body.ts'
import type { Caller } from './caller.ts'
import { type AnyEndpoint, Reply } from './endpoint.ts'
import { baseUrlOf } from './own-address.ts'
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
    if (req.url.includes('%00')) {
      answerError(
        req,
        res,
        new BadRequest('invalid_character', 'The address holds a NUL character'),
        'parley',
        log,
      )
      return
    }
    const method = req.method === 'HEAD' ? 'GET' : req.method
    const found = router.find(method as HTTPMethod, req.path)
    const target = found?.store as AnyEndpoint | undefined
    if (found === null || target === undefined) {
      const isOpenVidu = /^\/(api|internal-api)\/v1\/(rooms|recordings|users|meetings)(\/|$)/.test(req.path)
      answerError(req, res, unknownRoute(router, req), isOpenVidu ? 'openvidu' : 'parley', log)
      return
    }
    serve(ctx, target, found.params, req, res).catch((err: unknown) => {
      answerError(req, res, err, target.dialect ?? 'parley', log)
    })
  }
}

function unknownRoute(router: findMyWay.Instance<findMyWay.HTTPVersion.V1>, req: Request) {
  const allowed = METHODS.filter((method) => router.find(method, req.path) !== null)
  if (allowed.length === 0) return new NotFound('path_not_found', `There is nothing at ${req.path}`)
  const allow = allowed.includes('GET') ? ['HEAD', ...allowed] : allowed
  return new MethodNotAllowed(
    'method_not_allowed',
    `${req.method} is not possible here, use ${allowed.join(', ')}`,
    {
      headers: { Allow: [...allow, 'OPTIONS'].join(', ') },
    },
  )
}

async function serve(
  ctx: Context,
  target: AnyEndpoint,
  rawParams: Record<string, string | undefined>,
  req: Request,
  res: Response,
): Promise<void> {
  const dialect = target.dialect ?? 'parley'
  const rawBody: unknown = target.body === undefined ? undefined : await readBody(req, res, dialect)
  const parseAll = () => ({
    params: parse(target.params, rawParams, target.paramsPrefix),
    query: parse(target.query, req.query),
    body: parse(target.body, rawBody),
  })
  let parsed: ReturnType<typeof parseAll>
  let caller: Caller
  if (target.parseFirst === true) {
    parsed = parseAll()
    caller = await authenticate(ctx, req, target.needs)
  } else {
    caller = await authenticate(ctx, req, target.needs)
    parsed = parseAll()
  }
  const result: unknown = await target.act(ctx, {
    caller,
    ...parsed,
    req,
    res,
    baseUrl: baseUrlOf(ctx.config, req),
  })
  const reply = result instanceof Reply ? result : new Reply(result, {})
  for (const [name, value] of Object.entries(reply.options.headers ?? {})) res.setHeader(name, value)
  const status = reply.options.status ?? target.answer.status
  if (status === 204) res.status(204).end()
  else res.status(status).json(reply.body)
}

function parse(schema: z.ZodType | undefined, value: unknown, prefix?: string): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value, { error: zod3Wording })
  if (!parsed.success) throw new Invalid(faultsOf(parsed.error, prefix))
  return parsed.data
}

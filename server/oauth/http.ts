import express, { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import { ownUrl } from '../config.ts'
import type { Context } from '../context.ts'
import { methodNotAllowed, ParleyError, TooManyRequests, Unavailable } from '../errors.ts'
import { sendJson } from '../http/answer.ts'
import { bodyFault, LIMIT } from '../http/body.ts'
import { readParameters } from './request.ts'
import { SCOPES } from './scopes.ts'
import type { TokenAnswer } from './oauth.ts'

/**
 * The issuer (RFC 8414): PUBLIC_URL, or in local mode this process' own address. Throws Unavailable
 * `public_url_required` where neither tells how the world reaches this server (contract/parley.md 3).
 */
export function issuerOf(ctx: Context, req: Request): string {
  const { config } = ctx
  if (config.http.publicUrl === null && !config.localMode)
    throw new Unavailable(
      'public_url_required',
      'The operator of this server has to set PUBLIC_URL for OAuth',
      {
        error: 'Unavailable',
      },
    )
  return ownUrl(config, req.socket.localPort)
}

/** The endpoints of RFC 6749, 7009 and 8414 that programs call; forms in, errors as those say. */
export function oauthEndpoints(ctx: Context): RequestHandler {
  const router = Router()
  router.get('/.well-known/oauth-authorization-server', (req, res) => {
    res.setHeader('Cache-Control', 'public, max-age=300')
    res.json(metadata(issuerOf(ctx, req)))
  })
  const endpoint =
    (act: (req: Request, body: string) => Promise<TokenAnswer>): RequestHandler =>
    async (req, res) => {
      issuerOf(ctx, req)
      const body: unknown = req.body
      const answer =
        typeof body === 'string'
          ? await limited(ctx, req, res, () => act(req, body))
          : {
              status: 400,
              headers: {},
              body: { error: 'invalid_request', error_description: 'Send application/x-www-form-urlencoded' },
            }
      for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value)
      if (answer.body === null) res.status(answer.status).end()
      else sendJson(req, res, answer.status, answer.body)
    }
  router.post(
    '/oauth/token',
    readForm,
    endpoint((req, body) => ctx.oauth.token(readParameters(body), req.get('authorization'), req.ip ?? '')),
  )
  router.post(
    '/oauth/revoke',
    readForm,
    endpoint((req, body) => ctx.oauth.revoke(readParameters(body), req.get('authorization'))),
  )
  router.use((req) => {
    throw methodNotAllowed(req.method, [req.path.startsWith('/oauth/') ? 'POST' : 'GET'])
  })
  return router
}

const parseForm = express.text({ limit: LIMIT, type: 'application/x-www-form-urlencoded' })
/** The form as text. One that cannot be read is told in the form of RFC 6749 5.2, too. */
const readForm: RequestHandler = (req, res, next) => {
  // RFC 6749 5.1 asks for both.
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Pragma', 'no-cache')
  parseForm(req, res, (err?: unknown) => {
    const fault = err === undefined ? undefined : bodyFault(err)
    if (fault instanceof ParleyError)
      sendJson(req, res, fault.status, { error: 'invalid_request', error_description: fault.message })
    else next(fault)
  })
}

/** Too many from one address: in the form of RFC 6749 5.2, with Retry-After. */
async function limited(
  ctx: Context,
  req: Request,
  res: Response,
  act: () => Promise<TokenAnswer>,
): Promise<TokenAnswer> {
  try {
    await ctx.rateLimits.take(res, 'read', `oauth ${req.ip ?? ''}`)
  } catch (err) {
    if (!(err instanceof TooManyRequests)) throw err
    return {
      status: 429,
      headers: err.options.headers ?? {},
      body: { error: 'temporarily_unavailable', error_description: err.message },
    }
  }
  return act()
}

const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  revocation_endpoint: `${issuer}/oauth/revoke`,
  scopes_supported: [...SCOPES],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  service_documentation: `${issuer}/api/v1/docs/`,
})

/**
 * Checks `/oauth/authorize` before its page is served: faults that the client may hear of go back to it at once, others
 * give the page status 400, and it says what is wrong.
 */
export function checkAuthorization(ctx: Context): RequestHandler {
  return async (req: Request, res: Response, next: NextFunction) => {
    // Another method is refused where pages are served.
    if (req.path !== '/oauth/authorize' || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    res.setHeader('Cache-Control', 'no-store')
    const isPage = (req.get('accept') ?? '').includes('text/html')
    let redirectTo: string | null
    try {
      redirectTo = await answerTo(ctx, req, res, req.url.slice(req.path.length), issuerOf(ctx, req))
    } catch (err) {
      if (!isPage || !(err instanceof ParleyError)) throw err
      // The page asks again, and says what is wrong.
      res.status(err.status)
      return next()
    }
    if (redirectTo === null) return next()
    res.redirect(303, redirectTo)
  }
}

/** Null: nothing is wrong with the request. */
async function answerTo(
  ctx: Context,
  req: Request,
  res: Response,
  search: string,
  issuer: string,
): Promise<string | null> {
  try {
    await ctx.rateLimits.take(res, 'anonymous', req.ip ?? '')
  } catch (err) {
    if (err instanceof TooManyRequests) return ctx.oauthGrants.tooManyRequests(search, issuer)
    throw err
  }
  const checked = await ctx.oauthGrants.checkRequest(search, issuer)
  return 'redirectTo' in checked ? checked.redirectTo : null
}

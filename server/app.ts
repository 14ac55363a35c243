import { randomBytes } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { sql } from 'kysely'
import type { Context } from './context.ts'
import { endpoints, nameOf } from './endpoints.ts'
import { methodNotAllowed, NotFound } from './errors.ts'
import { answerError } from './http/answer.ts'
import { serveDocs } from './http/docs-pages.ts'
import { serveEmbedScripts } from './http/embed-scripts.ts'
import { allowedOriginsOf } from './http/framing.ts'
import { metrics } from './http/metrics.ts'
import { baseUrlOf, stripBasePath } from './http/own-address.ts'
import { securityHeaders, serveAssets, servePages } from './http/pages.ts'
import { openApiDocument } from './http/openapi.ts'
import { serveEndpoints } from './http/router.ts'
import type { LiveKitProxy } from './livekit/proxy.ts'
import { recorderPage } from './recordings/page.ts'
import { VERSION } from './version.ts'
import { checkAuthorization, oauthEndpoints } from './oauth/http.ts'
import { livekitWebhook, WEBHOOK_PATH } from './livekit/webhook.ts'

interface Parts {
  /** Where the built web app lies. */
  webDir: string
  livekitProxy: LiveKitProxy
}

/** The order of what happens to a request, from top to bottom. */
export function createApp(ctx: Context, { webDir, livekitProxy }: Parts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', ctx.config.http.trustProxy)

  app.use(identify(ctx))
  app.get('/health', health(ctx))
  app.get('/metrics', metrics(ctx))
  app.all(['/health', '/metrics'], onlyRead)
  app.use('/livekit', livekitProxy.handle)
  const secure = securityHeaders(webDir, livekitOrigins(ctx), (path) =>
    allowedOriginsOf(ctx.database.db, path),
  )
  app.use(serveDocs(webDir, secure))
  app.use(api(ctx))
  app.use(oauth(ctx))
  app.use(serveEmbedScripts(webDir))
  app.use(secure)
  app.use(checkAuthorization(ctx))
  app.use(serveAssets(webDir))
  // Workers of LiveKit Egress open it with a token of their own; without one it shows nothing.
  if (ctx.config.recording.driver === 'egress') app.get('/recorder', recorderPage(webDir))
  app.use(servePages(webDir, livekitOrigins(ctx)))
  app.use((req) => {
    throw new NotFound('page_not_found', `There is nothing at ${req.path}`)
  })
  const answerUnexpected: ErrorRequestHandler = (err, req, res, _next) => {
    answerError(req, res, err, 'parley', ctx.log.child({ name: 'http' }))
  }
  app.use(answerUnexpected)
  return app
}

const isApiPath = (path: string): boolean =>
  /^\/(api|internal-api|web_call)\/|^\/(auth\/(create|check)-key|info)$/.test(path)

/** Everything that programs call; what is no page needs none of a page's headers. */
function api(ctx: Context): RequestHandler {
  const router = express.Router()
  router.use(allowOtherOrigins)
  router.post(WEBHOOK_PATH, ...livekitWebhook(ctx))
  router.get('/api/v1/openapi.json', openApi(ctx))
  router.all('/api/v1/openapi.json', onlyRead)
  router.use(serveEndpoints(ctx, endpoints))
  return (req, res, next) => (isApiPath(req.path) ? router(req, res, next) : next())
}

/** What OAuth clients call, apart from the API: its own errors, from any site. */
function oauth(ctx: Context): RequestHandler {
  const router = express.Router()
  router.use(allowOtherOrigins)
  router.use(oauthEndpoints(ctx))
  return (req, res, next) =>
    /^\/(oauth\/(token|revoke)|\.well-known\/oauth-authorization-server)$/.test(req.path)
      ? router(req, res, next)
      : next()
}

/** Request id, base path, and a log line; query strings hold secrets and stay out of it. */
function identify(ctx: Context): RequestHandler {
  const log = ctx.log.child({ name: 'http' })
  // Random once, then counted: unique without asking for random bytes on each request.
  const start = randomBytes(6).toString('base64url')
  let count = 0
  let hasWarned = ctx.config.http.trustProxy !== false
  return (req, res, next) => {
    if (!hasWarned && req.headers['x-forwarded-for'] !== undefined) {
      hasWarned = true
      log.warn(
        'X-Forwarded-For arrives but is not believed: if a reverse proxy of yours sends it, set TRUST_PROXY',
      )
    }
    stripBasePath(req)
    // `no-cache` asks caches on the way to validate (RFC 9111 5.2.1.4), and comes with the conditional requests of
    // Node's fetch. Express would take it for a wish to get everything again.
    if (req.headers['if-none-match'] !== undefined) delete req.headers['cache-control']
    res.setHeader('X-Request-Id', `${start}-${(count++).toString(36)}`)
    if (log.isLevelEnabled('debug')) {
      const startedAt = performance.now()
      const { path } = req
      res.on('finish', () => {
        const durationMs = Math.round((performance.now() - startedAt) * 10) / 10
        log.debug({
          requestId: res.getHeader('x-request-id'),
          method: req.method,
          path,
          status: res.statusCode,
          durationMs,
        })
      })
    }
    next()
  }
}

/** Built on the first request: nobody needs it to start. Its addresses are those under which it was asked for. */
function openApi(ctx: Context): RequestHandler {
  const placeholder = 'http://base.invalid'
  let text: string | undefined
  return async (req, res) => {
    await ctx.rateLimits.take(res, 'anonymous', req.ip ?? '')
    const baseUrl = baseUrlOf(ctx.config, req)
    text ??= JSON.stringify(openApiDocument(endpoints, nameOf, { version: VERSION, baseUrl: placeholder }))
    res.type('json').send(text.replaceAll(placeholder, baseUrl))
  }
}

const onlyRead: RequestHandler = (req) => {
  throw methodNotAllowed(req.method, ['GET'])
}

/** Any site may call the API with a key or token of its own; cookies are never part of that. */
const allowOtherOrigins: RequestHandler = (req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', '*')
  res.setHeader('Access-Control-Expose-Headers', 'Location, X-Request-Id, Retry-After, Deprecation')
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  if (req.method !== 'OPTIONS') {
    next()
    return
  }
  res.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
  res.setHeader('Access-Control-Allow-Headers', req.get('access-control-request-headers') ?? '*')
  res.setHeader('Access-Control-Max-Age', '7200')
  res.status(204).end()
}

/** `OK` when database and LiveKit answer, else 503 with the reasons. */
function health(ctx: Context): RequestHandler {
  return async (_req, res) => {
    const reasons: string[] = []
    await sql`select 1`.execute(ctx.database.db).catch(() => reasons.push('The database does not answer'))
    const fault = ctx.livekitPlace.fault()
    if (fault !== null) reasons.push(fault)
    else await ctx.livekit.listRooms().catch(() => reasons.push('LiveKit does not answer'))
    res.setHeader('Cache-Control', 'no-store')
    if (reasons.length === 0) res.type('text/plain').send('OK')
    else
      res.status(503).json({ error: 'Unavailable', message: reasons.join('; '), code: 'unhealthy', reasons })
  }
}

function livekitOrigins(ctx: Context): string[] {
  const { external } = ctx.config.livekit
  if (external === null) return []
  const { host, protocol } = new URL(external.publicUrl)
  const isSecure = protocol === 'wss:' || protocol === 'https:'
  return isSecure ? [`wss://${host}`, `https://${host}`] : [`ws://${host}`, `http://${host}`]
}

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import sirv from 'sirv'

/** Pages of the call, each its own small entry. */
const CALL = /^\/(room\/[^/]+(\/recordings)?|meeting\/[^/]+)\/?$/
/** Pages of the console. */
const CONSOLE =
  /^\/(setup|login|overview|rooms(\/[^/]+(\/[^/]+)*)?|recordings(\/[^/]+)?|recording\/[^/]+|meetings(\/[^/]+)?|embedded|users(\/[^/]+)?|profile|config|disconnected|error|settings(\/[^/]+)*)?\/?$/
/** Pages that other sites may frame. */
const FRAMABLE = /^\/(room|meeting|recording)\//

/** Headers for everything we serve: nothing from other origins, no inline script, framed only where that is the purpose. */
export function securityHeaders(livekitOrigins: string[]): RequestHandler {
  const common = {
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  } as const
  const directives = (frameAncestors: string) => ({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'", ...livekitOrigins],
      mediaSrc: ["'self'", 'blob:'],
      workerSrc: ["'self'", 'blob:'],
      manifestSrc: ["'self'"],
      frameSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: [frameAncestors],
    },
  })
  const closed = helmet({ ...common, contentSecurityPolicy: directives("'none'") })
  const framable = helmet({
    ...common,
    contentSecurityPolicy: directives('*'),
    xFrameOptions: false,
    crossOriginOpenerPolicy: false,
  })
  return (req, res, next) => {
    res.setHeader(
      'Permissions-Policy',
      'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
    )
    ;(FRAMABLE.test(req.path) ? framable : closed)(req, res, next)
  }
}

/** Hashed assets for ever, from their brotli or gzip copies where the build made them. */
export const serveAssets = (webDir: string): RequestHandler =>
  existsSync(webDir)
    ? (sirv(webDir, {
        brotli: true,
        gzip: true,
        etag: true,
        setHeaders: (res, pathname) => {
          res.setHeader(
            'Cache-Control',
            pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          )
        },
        // Pages are answered by servePages, which knows which of them exist.
        ignores: [/\.html$/],
      }) as RequestHandler)
    : (_req, _res, next) => next()

/** The call's or the console's page on a path that it knows, and only for who asks for HTML. */
export function servePages(webDir: string): RequestHandler {
  const read = (name: string) => {
    const file = path.join(webDir, name)
    return existsSync(file) ? readFileSync(file) : null
  }
  const pages = { call: read('call.html'), console: read('index.html') }
  return (req, res, next) => {
    const page = pageFor(req)
    const html = page === null ? null : pages[page]
    if (html === null) {
      next()
      return
    }
    res.set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' }).send(html)
  }
}

function pageFor(req: Request): 'call' | 'console' | null {
  if (req.method !== 'GET' && req.method !== 'HEAD') return null
  if (!(req.get('accept') ?? '').includes('text/html')) return null
  if (CALL.test(req.path)) return 'call'
  return CONSOLE.test(req.path) ? 'console' : null
}

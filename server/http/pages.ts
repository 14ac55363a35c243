import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import path from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import { methodNotAllowed } from '../errors.ts'
import { frameAncestors } from './framing.ts'

/** Pages of the call, each its own small entry. */
const CALL = /^\/(room\/[^/]+|meeting\/[^/]+)\/?$/
/** Pages of the console. */
const CONSOLE =
  /^\/(setup|login|overview|rooms(\/[^/]+(\/[^/]+)*)?|recordings(\/[^/]+)?|recording\/[^/]+|room\/[^/]+\/recordings|meetings(\/[^/]+)?|embedded|oauth\/authorize|users(\/[^/]+)?|profile|config|disconnected|error|forgot-password|reset-password|change-password|change-password-required|invitation|settings(\/[^/]+)*)?\/?$/
/** Pages that other sites may frame. */
const FRAMABLE = /^\/(room|meeting|recording)\//
/** The API reference, whose library writes style elements; nothing else may. */
const REFERENCE = /^\/api\/v1\/docs\/$/

/**
 * Headers for everything we serve: nothing from other origins, no inline script but those that the build put into the
 * call's page, framed only where that is the purpose, by whom `allowedOrigins` names for the path of the page.
 */
export function securityHeaders(
  webDir: string,
  livekitOrigins: string[],
  allowedOrigins: (pagePath: string) => Promise<string[]>,
): RequestHandler {
  const common = {
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  } as const
  const directives = (ancestors: string, inline: { scripts?: string[]; styles?: string[] } = {}) => ({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", "'wasm-unsafe-eval'", ...(inline.scripts ?? [])],
      styleSrc: ["'self'", ...(inline.styles ?? [])],
      imgSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'", ...livekitOrigins],
      mediaSrc: ["'self'", 'blob:'],
      workerSrc: ["'self'", 'blob:'],
      manifestSrc: ["'self'"],
      frameSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: [ancestors],
    },
  })
  const call = readPage(webDir, 'call.html')?.toString() ?? ''
  const closed = headersOf({ ...common, contentSecurityPolicy: directives("'none'") })
  const reference = headersOf({
    ...common,
    contentSecurityPolicy: directives("'none'", { styles: ["'unsafe-inline'"] }),
  })
  const framable = headersOf({
    ...common,
    contentSecurityPolicy: directives(FRAME_ANCESTORS, {
      scripts: hashesOf(call, 'script'),
      styles: hashesOf(call, 'style'),
    }),
    xFrameOptions: false,
    crossOriginOpenerPolicy: false,
  })
  return async (req, res, next) => {
    res.setHeader(
      'Permissions-Policy',
      'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
    )
    if (FRAMABLE.test(req.path)) {
      const origins = await allowedOrigins(req.path)
      res.locals[ALLOWED_ORIGINS] = origins
      const ancestors = frameAncestors(origins).join(' ')
      for (const [name, value] of framable) res.setHeader(name, value.replace(FRAME_ANCESTORS, ancestors))
    } else {
      const headers = REFERENCE.test(req.path) ? reference : closed
      for (const [name, value] of headers) res.setHeader(name, value)
    }
    next()
  }
}
/** Stands in the framable header for what each page's organization allows. */
const FRAME_ANCESTORS = 'frame-ancestors.of.this.page'
const ALLOWED_ORIGINS = 'allowedOrigins'

/** Of the inline elements without attributes, as a policy names them. */
const hashesOf = (html: string, element: 'script' | 'style'): string[] =>
  [...html.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
    ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  )

/** What helmet sets with these options: the same for every request, so its dozen middlewares run only here. */
function headersOf(options: Parameters<typeof helmet>[0]): [string, string][] {
  const res = new ServerResponse(new IncomingMessage(new Socket()))
  helmet(options)(res.req, res, (err) => {
    if (err instanceof Error) throw err
  })
  return Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)])
}

interface Asset {
  extension: string
  plain: Buffer
  br?: Buffer
  gzip?: Buffer
}

/**
 * Assets for ever, as their names carry a hash, as brotli or gzip where the build made a copy. They are read once,
 * like the pages that name them, so that a build beside a running server takes nothing away from it.
 */
export function serveAssets(webDir: string): RequestHandler {
  const assets = readAssets(path.join(webDir, 'assets'))
  return (req, res, next) => {
    const asset = assets.get(req.path)
    if (asset === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) {
      next()
      return
    }
    const encoding = encodingFor(req, (one) => asset[one] !== undefined)
    if (encoding !== undefined) res.setHeader('Content-Encoding', encoding)
    const body = encoding === undefined ? asset.plain : asset[encoding]
    res
      .type(asset.extension)
      .set({
        'Cache-Control': 'public, max-age=31536000, immutable',
        // A frame that is sandboxed without its origin loads scripts as if they were somebody else's.
        'Access-Control-Allow-Origin': '*',
        'Content-Length': String(body?.length),
        Vary: 'Accept-Encoding',
      })
      .end(body)
  }
}

/** The smaller one first: browsers name all that they can without a preference. */
const encodingFor = (req: Request, isThere: (encoding: 'br' | 'gzip') => boolean = () => true) =>
  (['br', 'gzip'] as const).find((one) => isThere(one) && req.acceptsEncodings(one) === one)

/** By the path of the request: `/assets/call-Dy0m3X1n.js`. */
function readAssets(dir: string): Map<string, Asset> {
  const entries = existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
  const read = (name: string) => (files.includes(name) ? readFileSync(path.join(dir, name)) : undefined)
  return new Map(
    files
      .filter((name) => !/\.(br|gz)$/.test(name))
      .map((name) => [
        `/assets/${name}`,
        {
          extension: path.extname(name),
          plain: readFileSync(path.join(dir, name)),
          br: read(`${name}.br`),
          gzip: read(`${name}.gz`),
        },
      ]),
  )
}

/** For a page or a file that is there: throws MethodNotAllowed for what is neither a read nor OPTIONS. */
export function refuseWrites({ method }: Request): void {
  if (!['GET', 'HEAD', 'OPTIONS'].includes(method)) throw methodNotAllowed(method, ['GET'])
}

const readPage = (webDir: string, name: string): Buffer | null => {
  const file = path.join(webDir, name)
  return existsSync(file) ? readFileSync(file) : null
}

/**
 * The call's or the console's page on a path that it knows, and only for who asks for HTML. With the call's, browsers
 * are told to shake hands with a LiveKit elsewhere while the person reads the lobby (HTML, link type `preconnect`).
 */
export function servePages(webDir: string, livekitOrigins: string[]): RequestHandler {
  const preconnect = livekitOrigins
    .filter((origin) => origin.startsWith('http'))
    .map((origin) => `<${origin}>; rel=preconnect; crossorigin`)
  const pages = { call: readPage(webDir, 'call.html'), console: readPage(webDir, 'index.html') }
  const compressed = { call: compressions(), console: compressions() }
  return (req, res, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (pageAt(req.path) !== null) refuseWrites(req)
    const page = isRead && (req.get('accept') ?? '').includes('text/html') ? pageAt(req.path) : null
    const html = page === null ? null : pages[page]
    if (page === null || html === null) {
      next()
      return
    }
    const encoding = encodingFor(req)
    const body = withAllowedOrigins(html, res.locals[ALLOWED_ORIGINS] as string[] | undefined)
    if (encoding !== undefined) res.setHeader('Content-Encoding', encoding)
    if (page === 'call' && preconnect.length > 0) res.setHeader('Link', preconnect)
    res
      .set({
        'Content-Type': 'text/html; charset=utf-8',
        'Cache-Control': 'no-cache',
        Vary: 'Accept-Encoding',
      })
      .send(compressed[page](body, encoding))
  }
}

/** Compresses a page once for each list of origins; not so many have one of their own that it would not be kept. */
function compressions() {
  const made = new Map<string, Buffer>()
  return (html: Buffer, encoding: 'br' | 'gzip' | undefined): Buffer => {
    if (encoding === undefined) return html
    const key = `${encoding} ${createHash('sha1').update(html).digest('base64')}`
    const known = made.get(key)
    if (known) return known
    const body =
      encoding === 'gzip'
        ? gzipSync(html)
        : brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: html.length } })
    if (made.size >= MOST_COMPRESSED) made.clear()
    made.set(key, body)
    return body
  }
}
const MOST_COMPRESSED = 200

/** The page tells the same to its script, which exchanges messages with the page around it. */
function withAllowedOrigins(html: Buffer, origins: string[] = ['*']): Buffer {
  if (origins.includes('*')) return html
  const meta = `<meta name="parley-allowed-origins" content="${origins.join(' ')}" />`
  return Buffer.from(html.toString().replace('<head>', `<head>${meta}`))
}

function pageAt(path: string): 'call' | 'console' | null {
  if (CALL.test(path)) return 'call'
  return CONSOLE.test(path) ? 'console' : null
}

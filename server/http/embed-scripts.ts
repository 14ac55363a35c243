import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { RequestHandler } from 'express'
import { refuseWrites } from './pages.ts'

type Encoding = 'br' | 'gzip' | 'identity'
interface Copy {
  bytes: Buffer
  etag: string
}
interface Script {
  type: string
  /** `identity` is always there. */
  copies: Map<Encoding, Copy>
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/plain; charset=utf-8',
  '.tgz': 'application/gzip',
}

/**
 * What pages of other origins load: the element, its declarations, its package (contract/openvidu-meet.md 0.1).
 * Names without a hash, so browsers ask each time and are told that nothing changed.
 */
export function serveEmbedScripts(webDir: string): RequestHandler {
  const scripts = readScripts(path.join(webDir, 'v1'))
  return (req, res, next) => {
    const script = scripts.get(req.path)
    if (script === undefined || req.method === 'OPTIONS') {
      next()
      return
    }
    res.set({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    refuseWrites(req)
    const wanted = (['br', 'gzip'] as const).find(
      (one) => script.copies.has(one) && req.acceptsEncodings(one) === one,
    )
    const copy = script.copies.get(wanted ?? 'identity')
    if (copy === undefined) throw new Error(`${req.path} was read without its plain copy`)
    res.set({
      'Content-Type': script.type,
      'Cache-Control': 'no-cache',
      Vary: 'Accept-Encoding',
      ETag: copy.etag,
    })
    if (req.fresh) {
      res.status(304).end()
      return
    }
    if (wanted !== undefined) res.set('Content-Encoding', wanted)
    res.set('Content-Length', String(copy.bytes.length)).end(req.method === 'HEAD' ? undefined : copy.bytes)
  }
}

/** By the path of the request: `/v1/parley.js`. */
function readScripts(dir: string): Map<string, Script> {
  const names = existsSync(dir) ? readdirSync(dir) : []
  const copyOf = (name: string): Copy => {
    const bytes = readFileSync(path.join(dir, name))
    // A strong ETag is that of these very bytes, so each encoding has its own.
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` }
  }
  return new Map(
    names
      .filter((name) => !/\.(br|gz)$/.test(name))
      .map((name) => {
        const copies = new Map<Encoding, Copy>([['identity', copyOf(name)]])
        if (names.includes(`${name}.br`)) copies.set('br', copyOf(`${name}.br`))
        if (names.includes(`${name}.gz`)) copies.set('gzip', copyOf(`${name}.gz`))
        const type = TYPES[path.extname(name)] ?? 'application/octet-stream'
        return [`/v1/${name}`, { type, copies }]
      }),
  )
}

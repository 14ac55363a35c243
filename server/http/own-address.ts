import type { Request } from 'express'
import type { Config } from '../config.ts'
import { BadRequest } from '../errors.ts'

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/
const BASE_PATH = Symbol('basePath')

/** OpenVidu Meet answers below `/meet` too: strips that once, and remembers it for links in the answer. */
export function stripBasePath(req: Request): void {
  const match = req.url.match(/^\/meet(?=[/?]|$)/)
  if (match === null) return
  req.url = req.url.slice('/meet'.length)
  if (!req.url.startsWith('/')) req.url = `/${req.url}`
  ;(req as Request & { [BASE_PATH]?: string })[BASE_PATH] = '/meet'
}

const basePathOf = (req: Request): string => (req as Request & { [BASE_PATH]?: string })[BASE_PATH] ?? ''

/**
 * Origin and base path that links in the answer begin with: PUBLIC_URL, else the request's own protocol and Host
 * (forwarded headers count only with TRUST_PROXY). Throws BadRequest for a Host that is no host.
 */
export function baseUrlOf(config: Config, req: Request): string {
  if (config.http.publicUrl !== null) return config.http.publicUrl + basePathOf(req)
  const host = req.get('host') ?? ''
  if (!HOST.test(host)) throw new BadRequest('invalid_host', 'The Host header is not a host name')
  return `${req.protocol}://${host}${basePathOf(req)}`
}

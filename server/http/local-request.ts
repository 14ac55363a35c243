import type { Request } from 'express'
import { type Config, isLoopbackHost } from '../config.ts'

const FORWARDED = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
]

/**
 * Whether a request comes from a person on this very machine, as local mode demands (contract/parley.md 3): a
 * loopback peer and Host, no sign of a proxy, no foreign page behind it.
 */
export function isLocalRequest(config: Config, req: Request): boolean {
  if (!config.localMode) return false
  const peer = req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? ''
  if (!isLoopbackHost(peer)) return false
  if (FORWARDED.some((name) => req.headers[name] !== undefined)) return false
  if (Object.keys(req.headers).some((name) => name.startsWith('x-forwarded-'))) return false
  const host = hostname(`http://${req.headers.host ?? ''}`)
  if (host === null || !isLoopbackHost(host)) return false
  const site = req.get('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const origin = req.get('origin')
  return origin === undefined || origin === `${req.protocol}://${req.headers.host}`
}

function hostname(url: string): string | null {
  try {
    return new URL(url).hostname
  } catch {
    return null
  }
}

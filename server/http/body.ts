import express, { type Request, type Response } from 'express'
import { BadRequest, TooLarge, UnsupportedMediaType, type ParleyError } from '../errors.ts'
import type { Dialect } from './endpoint.ts'

export const LIMIT = '100kb'
const readText = express.text({ limit: LIMIT, type: () => true })

/** Deeper than anything we accept, and far from what a recursive walk can bear. */
const MAX_DEPTH = 32

/**
 * The request's JSON. `undefined` where nothing was sent. Throws BadRequest `invalid_json` for broken JSON or a
 * bare string, number or null, TooLarge over 100 kB, UnsupportedMediaType for another content type (OpenVidu's
 * routes read forms too, and take anything else for nothing).
 */
export async function readBody(req: Request, res: Response, dialect: Dialect): Promise<unknown> {
  const text = await readRaw(req, res)
  const type = req.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || type.endsWith('+json')
  if (text === '') return isJson ? {} : undefined
  if (dialect === 'openvidu') {
    if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text))
    if (!isJson) return undefined
  } else if (!isJson) {
    throw new UnsupportedMediaType('unsupported_media_type', 'Send JSON with Content-Type: application/json')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // V8's error quotes the body, which may hold a password: it must not become the cause, which is logged.
    throw malformed()
  }
  if (typeof value !== 'object' || value === null) throw malformed()
  inspect(value)
  return value
}

const malformed = () => new BadRequest('invalid_json', 'Malformed body')

/** Refuses what nests too deep to walk, and NUL characters, which PostgreSQL cannot store. */
function inspect(body: object): void {
  let level: unknown[] = [body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw malformed()
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item === 'string' && item.includes('\0')) throw malformed()
      if (typeof item === 'object' && item !== null) next.push(...Object.values(item))
    }
    level = next
  }
}

async function readRaw(req: Request, res: Response): Promise<string> {
  if (req.headers['transfer-encoding'] === undefined && (req.headers['content-length'] ?? '0') === '0')
    return ''
  await new Promise<void>((resolve, reject) => {
    readText(req, res, (err?: unknown) => (err === undefined ? resolve() : reject(bodyFault(err))))
  })
  const body: unknown = req.body
  return typeof body === 'string' ? body : ''
}

/** What body-parser's error means for the caller; an error that is not about the body stays as it is. */
export function bodyFault(err: unknown): ParleyError | Error {
  const { type, status } = err as { type?: string; status?: number }
  if (type === 'entity.too.large') return new TooLarge('body_too_large', 'The body is larger than 100 kB')
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return new UnsupportedMediaType(
      'unsupported_media_type',
      'This content encoding or charset is not supported',
    )
  // What cannot be decompressed has a status and no type.
  if (type !== undefined || status === 400)
    return new BadRequest('invalid_body', 'The body could not be read', { cause: err })
  return err as Error
}

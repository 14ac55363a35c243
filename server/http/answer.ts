import { hash } from 'node:crypto'
import type { Request, Response } from 'express'
import { OPENVIDU_NAMES, PARLEY_NAMES, ParleyError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Dialect } from './endpoint.ts'
import type { KeptAnswer } from './idempotency.ts'

/** Writes an error as the contract's one error body. The only place where an error becomes a status. */
export function answerError(req: Request, res: Response, err: unknown, dialect: Dialect, log: Logger): void {
  const requestId = String(res.getHeader('x-request-id') ?? '')
  if (res.headersSent) {
    log.warn({ err, requestId }, 'failed while answering')
    res.destroy()
    return
  }
  if (err instanceof ParleyError) {
    if (err.cause !== undefined)
      log.debug({ err: err.cause, requestId, code: err.code }, 'cause of an error answer')
    const { status, headers, body } = errorAnswer(err, dialect)
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    sendJson(req, res, status, body)
    return
  }
  log.error({ err, requestId, method: req.method, path: req.path }, 'unexpected error')
  const message = 'Something went wrong on the server. Tell its operator this request id.'
  const code = 'internal_error'
  sendJson(
    req,
    res,
    500,
    dialect === 'vyom'
      ? { success: false, message, code, requestId }
      : { error: (dialect === 'openvidu' ? OPENVIDU_NAMES : PARLEY_NAMES)[500], message, code, requestId },
  )
}

/**
 * Answers with JSON in one write, without the look-ups of Express' `res.json`. A GET carries a weak ETag, and a
 * matching If-None-Match gets 304 (RFC 9110 section 13).
 */
export function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  res.statusCode = status
  if (status === 200 && (req.method === 'GET' || req.method === 'HEAD')) {
    const etag = `W/"${hash('sha1', text, 'base64')}"`
    res.setHeader('ETag', etag)
    const { 'if-none-match': known, 'cache-control': caching } = req.headers
    if (
      known !== undefined &&
      (known === '*' || known.includes(etag)) &&
      !(caching?.includes('no-cache') ?? false)
    ) {
      res.statusCode = 304
      res.end()
      return
    }
  }
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.end(text)
}

/** Status, headers and body of an error in the endpoint's dialect. */
export function errorAnswer(err: ParleyError, dialect: Dialect): KeptAnswer {
  const { options } = err
  const isValidation = options.details !== undefined
  const status = isValidation && dialect !== 'openvidu' ? 400 : err.status
  const headers = { ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}), ...options.headers }
  const details = isValidation ? { details: options.details } : {}
  if (dialect === 'vyom')
    return {
      status,
      headers,
      body: { success: false, message: vyomMessage(err), code: err.code, ...details },
    }
  const names = dialect === 'openvidu' ? OPENVIDU_NAMES : PARLEY_NAMES
  // OpenVidu's malformed body answer is compared key by key.
  const isExact = options.exact === true || (dialect === 'openvidu' && err.code === 'invalid_json')
  return {
    status,
    headers,
    body: {
      error: options.error ?? names[status] ?? 'Error',
      message: err.message,
      ...(isExact ? {} : { code: err.code }),
      ...details,
    },
  }
}

/** Vyom's clients show only the message, so it names the field at fault. */
const vyomMessage = ({ message, options }: ParleyError): string =>
  options.details === undefined
    ? message
    : options.details.map((fault) => `${fault.field}: ${fault.message}`).join('; ')

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

/** JSON and its weak ETag (RFC 9110 section 8.8.3). */
export function render(body: unknown): { text: string; etag: string } {
  const text = JSON.stringify(body)
  return { text, etag: `W/"${hash('sha1', text, 'base64')}"` }
}

/** Answers 200 with JSON that has been rendered, or 304 where the caller has it already. */
export function sendRendered(
  req: Request,
  res: Response,
  { text, etag }: { text: string; etag: string },
): void {
  res.setHeader('ETag', etag)
  const known = req.headers['if-none-match']
  if (known !== undefined && (known === '*' || known.includes(etag))) {
    res.statusCode = 304
    res.end()
    return
  }
  sendText(res, 200, text)
}

/** Answers with JSON in one write, without the look-ups of Express' `res.json`. A GET's carries a weak ETag. */
export function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  if (status === 200 && (req.method === 'GET' || req.method === 'HEAD')) sendRendered(req, res, render(body))
  else sendText(res, status, JSON.stringify(body))
}

function sendText(res: Response, status: number, text: string): void {
  res.statusCode = status
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

import type { Request, Response } from 'express'
import { OPENVIDU_NAMES, PARLEY_NAMES, ParleyError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Dialect } from './endpoint.ts'

/** Writes an error as the contract's one error body. The only place where an error becomes a status. */
export function answerError(req: Request, res: Response, err: unknown, dialect: Dialect, log: Logger): void {
  if (res.headersSent) {
    log.warn({ err, requestId: res.getHeader('x-request-id') }, 'failed while answering')
    res.destroy()
    return
  }
  if (!(err instanceof ParleyError)) {
    const requestId = String(res.getHeader('x-request-id') ?? '')
    log.error({ err, requestId, method: req.method, path: req.path }, 'unexpected error')
    res.status(500).json({
      error: (dialect === 'openvidu' ? OPENVIDU_NAMES : PARLEY_NAMES)[500],
      message: 'Something went wrong on the server. Tell its operator this request id.',
      code: 'internal_error',
      requestId,
    })
    return
  }
  if (err.cause !== undefined) log.debug({ err: err.cause, code: err.code }, 'cause of an error answer')
  const { options } = err
  const isValidation = options.details !== undefined
  const status = isValidation && dialect === 'parley' ? 400 : err.status
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer')
  for (const [name, value] of Object.entries(options.headers ?? {})) res.setHeader(name, value)
  const names = dialect === 'openvidu' ? OPENVIDU_NAMES : PARLEY_NAMES
  const error = options.error ?? names[status] ?? 'Error'
  // OpenVidu's malformed body answer is compared key by key.
  const isExact = options.exact === true || (dialect === 'openvidu' && err.code === 'invalid_json')
  res.status(status).json({
    error,
    message: err.message,
    ...(isExact ? {} : { code: err.code }),
    ...(isValidation ? { details: options.details } : {}),
  })
}

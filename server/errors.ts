import type { CodeOf } from './error-codes.ts'

/** One fault in the input: `field` is a dotted path, empty for the whole body. */
export interface FieldFault {
  field: string
  message: string
}

interface ErrorOptions {
  /** Name in the answer's `error`; the default follows from the status and the endpoint's dialect. */
  error?: string
  details?: FieldFault[]
  cause?: unknown
  headers?: Record<string, string>
  /** Set where the OpenVidu contract says "exactly": the answer then has no `code`. */
  exact?: boolean
}

/**
 * What goes wrong in a way the caller may know of. `code` is stable and snake_case, `message` says what to do;
 * both go on the wire. `cause` goes to the log only. The error handler in http/answer.ts is the one place
 * that writes a status. Codes are listed in error-codes.ts.
 */
export abstract class ParleyError<Status extends number = number> extends Error {
  abstract readonly status: Status
  readonly code: CodeOf<Status>
  readonly options: ErrorOptions

  constructor(code: CodeOf<Status>, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.options = options
  }
}

export class BadRequest extends ParleyError<400> {
  readonly status = 400
}
export class Unauthorized extends ParleyError<401> {
  readonly status = 401
}
export class Forbidden extends ParleyError<403> {
  readonly status = 403
}
export class NotFound extends ParleyError<404> {
  readonly status = 404
}
export class MethodNotAllowed extends ParleyError<405> {
  readonly status = 405
}
export class Conflict extends ParleyError<409> {
  readonly status = 409
}
export class Gone extends ParleyError<410> {
  readonly status = 410
}
export class RangeNotSatisfiable extends ParleyError<416> {
  readonly status = 416
}
export class TooLarge extends ParleyError<413> {
  readonly status = 413
}
export class UnsupportedMediaType extends ParleyError<415> {
  readonly status = 415
}
export class Unprocessable extends ParleyError<422> {
  readonly status = 422
}
export class TooManyRequests extends ParleyError<429> {
  readonly status = 429
}
export class Unavailable extends ParleyError<503> {
  readonly status = 503
}

/** 422 in OpenVidu's form, 400 in ours; the endpoint's dialect decides when the fault is answered. */
export class Invalid extends ParleyError<422> {
  readonly status = 422
  constructor(details: FieldFault[]) {
    super('validation_failed', 'Invalid request', { details })
  }
}

/** Names that OpenVidu's clients look for in `error`, by status. */
export const OPENVIDU_NAMES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Authentication Error',
  403: 'Authorization Error',
  404: 'Path Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'LiveKit Error',
}

export const PARLEY_NAMES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Body too large',
  415: 'Unsupported content type',
  422: 'Unprocessable',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
}

export const unauthorized = () => new Unauthorized('auth_missing', 'Unauthorized')
export const forbidden = (message = 'Insufficient permissions to access this resource') =>
  new Forbidden('permission_denied', message)
/** For a path that exists, with other methods: `allowed`, such as GET, which HEAD comes with. */
export const methodNotAllowed = (method: string, allowed: string[]) =>
  new MethodNotAllowed('method_not_allowed', `${method} is not possible here, use ${allowed.join(', ')}`, {
    headers: { Allow: [...(allowed.includes('GET') ? ['HEAD'] : []), ...allowed, 'OPTIONS'].join(', ') },
  })
export const passwordChangeRequired = () =>
  new Forbidden('password_change_required', 'Password change required')
export const roomNotFound = (roomId: string) =>
  new NotFound('room_not_found', `Room '${roomId}' does not exist`, { error: 'Room Error' })

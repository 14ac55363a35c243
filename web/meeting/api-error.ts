/** An answer that is not 2xx. `status` 0: none came. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  /** The server's `error`, such as "Room Error"; tells two answers of one status apart. */
  readonly kind: string
  readonly code: string

  constructor(status: number, kind: string, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.kind = kind
    this.code = code
  }
}

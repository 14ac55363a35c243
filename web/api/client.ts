import type { z } from 'zod'
import type { endpoints } from '../../server/endpoints.ts'

type All = (typeof endpoints)[number]
/** `get /api/v1/rooms/:roomId` and so on: every endpoint of the server. */
export type Route = { [E in All as `${E['method']} ${E['path']}`]: E }
type Sent<S> = S extends z.ZodType ? z.input<S> : never
type Part<Name extends string, S> = [S] extends [never]
  ? object
  : [S] extends [z.ZodType]
    ? object extends z.input<S>
      ? { [K in Name]?: Sent<S> }
      : { [K in Name]: Sent<S> }
    : object

/** What a route takes: its parameters, query and body as the server parses them. */
export type RouteInput<R extends keyof Route> = Part<'params', NonNullable<Route[R]['params']>> &
  Part<'query', NonNullable<Route[R]['query']>> &
  Part<'body', NonNullable<Route[R]['body']>> & { environment?: 'live' | 'test'; signal?: AbortSignal }

/** What a route answers. */
export type RouteAnswer<R extends keyof Route> = z.output<Route[R]['answer']['body']>

interface ErrorBody {
  error?: string
  message?: string
  code?: string
  details?: { field: string; message: string }[]
}

/** An answer that is not 2xx, or none at all (`status` 0, code `network`). */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly error: string
  readonly code: string
  readonly details: { field: string; message: string }[]
  /** The whole answer, for the few that tell more than an error. */
  readonly body: unknown

  constructor(status: number, body: ErrorBody) {
    super(body.message ?? `The server answered ${status}`)
    this.status = status
    this.error = body.error ?? ''
    this.code = body.code ?? ''
    this.details = body.details ?? []
    this.body = body
  }
}

interface AnyInput {
  params?: Record<string, string>
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  environment?: 'live' | 'test'
  signal?: AbortSignal
}

/** Calls an endpoint of this server with the session cookie. Throws {@link ApiError}. */
export async function api<R extends keyof Route>(
  route: R,
  ...[input]: object extends RouteInput<R> ? [RouteInput<R>?] : [RouteInput<R>]
): Promise<RouteAnswer<R>> {
  const { params = {}, query = {}, body, environment, signal } = (input ?? {}) as AnyInput
  const [method = '', pattern = ''] = route.split(' ')
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (environment !== undefined) headers['X-Environment'] = environment

  let response: Response
  try {
    response = await fetch(search.size === 0 ? path : `${path}?${search}`, {
      method: method.toUpperCase(),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    throw new ApiError(0, { code: 'network', message: 'The server cannot be reached' })
  }
  const text = await response.text()
  const answer: unknown = text === '' ? null : parseJson(text)
  if (!response.ok) throw new ApiError(response.status, answer ?? {})
  // The server's endpoint value gives the answer its type; the same process built both.
  return answer as RouteAnswer<R>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import type { Code } from '../error-codes.ts'
import type { Permission } from '../rooms/permissions.ts'
import type { Caller, KeyPermission, UserNeed } from './caller.ts'
import type { LimitName } from './rate-limits.ts'

/**
 * Which callers an endpoint accepts. A kind that is absent is not looked at: its credential counts as not sent.
 * With several sent the order is key, room member token, session, nobody (contract/openvidu-meet.md 0.5).
 */
export interface Needs {
  /** API key with this permission. */
  key?: KeyPermission
  /** Console user, by cookie or access token, with at least this role. */
  session?: UserNeed
  /** Room member token; with a permission, one that holds it. */
  roomMember?: true | Permission
  /** Nobody at all is fine. */
  anonymous?: true
  /** A session or access token that does not count is as good as none; `caller.refused` tells why. */
  isSessionOptional?: true
  /** Open to users who have to change their password first. */
  duringPasswordChange?: true
}

/** Rate limit group (contract/accounts-and-keys.md, "Rate limits"). */
export type Group = 'crud' | 'create' | 'read' | 'config' | 'webhooks'

/** What an OAuth client has to be allowed (contract/accounts-and-keys.md, "OAuth 2"); keys and users take none. */
export type Scope =
  | 'meeting.create'
  | 'meeting.read'
  | 'recording.read'
  | 'recording.write'
  | 'room.read'
  | 'room.write'
  | 'webhook.create'
  | 'webhook.read'
  | 'webhook.delete'

/** The form of errors and the status of a validation error: OpenVidu's (422), ours (400), or Vyom's `{success: false}`. */
export type Dialect = 'openvidu' | 'parley' | 'vyom'

/** Response headers that the reference describes (openapi-text.ts). */
export type HeaderName = 'Location' | 'Deprecation' | 'Content-Disposition' | 'Content-Range'

type Sent<S> = S extends z.ZodType ? z.input<S> : never
type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined

export interface Input<P, Q, B> {
  caller: Caller
  params: Parsed<P>
  query: Parsed<Q>
  body: Parsed<B>
  /** What {@link Endpoint.headers} made of the headers. */
  headers: unknown
  req: Request
  res: Response
  /** Origin and base path under which the caller reached us: `https://host` or `https://host/meet`. */
  baseUrl: string
}

export interface Endpoint<
  M extends string = string,
  Path extends string = string,
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends z.ZodType = z.ZodType,
> {
  method: M
  /** `:name` marks parameters. Answered below `/` and below `/meet`. */
  path: Path
  /** One line. */
  summary: string
  /** What a stranger has to know besides, in Markdown. Public endpoints have one (test/api/reference.test.ts). */
  description?: string
  /** Codes of its own, beside those that every endpoint of its kind may answer (openapi-errors.ts). */
  errors?: readonly Code[]
  dialect?: Dialect
  group?: Group
  /** Counts under this limit instead of the common one: participants by themselves, nobody by address. */
  limit?: LimitName
  needs: Needs
  /** Absent where OAuth clients have no business; `any`: one is enough, whatever it may do. */
  scope?: Scope | 'any'
  params?: P
  query?: Q
  /** Of request headers, by lower-case name; faults are told at `headers.<name>`. */
  headers?: z.ZodType
  body?: B
  /** A body as somebody would send it; endpoints that take one have it. */
  example?: Sent<B>
  /** The body may hold permissions under the names of OpenVidu Meet 3.8. */
  takesPermissions?: true
  /**
   * Put before the field path of faults in parameters, as OpenVidu's recording routes do: `params`; null leaves
   * the whole path empty.
   */
  paramsPrefix?: string | null
  /**
   * For a key, the answer depends on nothing but the database, the key's organization and environment, the address
   * asked and the choice of fields; it may be given again while the database has not changed.
   */
  isPure?: true
  /** Validate before asking who calls (three recording routes do). */
  parseFirst?: true
  answer: {
    status: number
    body: A
    alsoStatus?: readonly number[]
    /** Media type where it is not JSON: `video/mp4`. */
    type?: string
    /** Another media type that the caller may ask for: `text/csv`. */
    alsoType?: string
    /** Headers of its own. */
    headers?: readonly HeaderName[]
    /** Fields that an idempotent repeat leaves out. */
    shownOnce?: string[]
  }
  /** Does the work. Returns the body, or a {@link Reply} where status or headers differ. */
  act(
    ctx: Context,
    input: Input<P, Q, B>,
  ): Promise<z.input<A> | Reply<z.input<A>> | Streamed> | z.input<A> | Reply<z.input<A>>
}

/** An answer whose status or headers are not the endpoint's usual ones. */
export class Reply<T> {
  readonly body: T
  readonly options: { status?: number; headers?: Record<string, string> }
  constructor(body: T, options: { status?: number; headers?: Record<string, string> }) {
    this.body = body
    this.options = options
  }
}

/** The endpoint answers by itself, over time: nothing is left to write. */
export class Streamed {
  readonly isStreamed = true
}

/** An endpoint whose types have been forgotten, as the router and the OpenAPI document take it. */
// oxlint-disable-next-line typescript/no-explicit-any -- `act` is contravariant in what each endpoint parses
export type AnyEndpoint = Endpoint<string, string, any, any, any, any>

/**
 * Declares one endpoint: the route, its OpenAPI entry and the web client's types all come from this value.
 * For each request: authenticate (401, 403), parse (422 or 400), then `act`.
 */
export const endpoint = <
  const M extends 'get' | 'post' | 'put' | 'patch' | 'delete',
  const Path extends string,
  A extends z.ZodType,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  value: Endpoint<M, Path, P, Q, B, A>,
): Endpoint<M, Path, P, Q, B, A> => value

import { ApiError } from '../api/client.ts'
import type { RouteAnswer } from '../api/client.ts'
import type { Environment } from '../console/shell/environment.ts'

/** By what right recordings are looked at: a session of the console, a link to a room, or a link to one recording. */
export type Source =
  | { kind: 'session'; environment: Environment }
  | { kind: 'room'; roomId: string; token: string }
  | { kind: 'link'; secret: string }

type AnyRecording = RouteAnswer<'get /api/v1/recordings/:recordingId'>
type Base = 'recordingId' | 'roomId' | 'roomName' | 'status' | 'filename' | 'startDate'
/** A recording as it comes without `fields`. */
export type Recording = AnyRecording & Required<Pick<AnyRecording, Base>>

/** The page's own path before its address, such as `/meet`. */
const basePath = (): string => /^\/meet(?=\/)/.exec(location.pathname)?.[0] ?? ''

/** Calls the API by the right of `source`. Throws ApiError. */
export async function ask<T>(
  source: Source,
  method: string,
  path: string,
  { query = {}, body, signal }: { query?: Record<string, string>; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const search = new URLSearchParams(query)
  if (source.kind === 'link') search.set('recordingSecret', source.secret)
  let response: Response
  try {
    response = await fetch(`${basePath()}${path}${search.size > 0 ? `?${search}` : ''}`, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(source.kind === 'session' ? { 'X-Environment': source.environment } : {}),
        ...(source.kind === 'room' ? { 'X-Room-Member-Token': `Bearer ${source.token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    throw new ApiError(0, { code: 'network', message: 'The server cannot be reached' })
  }
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw new ApiError(response.status, answer ?? {})
  // What each path answers stands in server/recordings/schema.ts.
  return answer as T
}

/** Address of media or a picture, which a browser fetches without headers of ours. */
export function addressOf(source: Source, path: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query)
  if (source.kind === 'link') search.set('recordingSecret', source.secret)
  else if (source.kind === 'room') search.set('roomMemberToken', source.token)
  else if (source.environment === 'test') search.set('environment', 'test')
  return `${basePath()}${path}${search.size > 0 ? `?${search}` : ''}`
}

export const pathOf = (recordingId: string, rest = ''): string =>
  `/api/v1/recordings/${encodeURIComponent(recordingId)}${rest}`

export const titleOf = ({ title, roomName }: Pick<Recording, 'title' | 'roomName'>): string =>
  title ?? roomName

export const isRunning = ({ status }: Pick<Recording, 'status'>): boolean =>
  status === 'starting' || status === 'active' || status === 'ending'

export const isPlayable = (recording: Recording): boolean =>
  !isRunning(recording) && (recording.size ?? 0) > 0

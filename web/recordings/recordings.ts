import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/client.ts'
import { ask, isRunning, pathOf, type Recording, type Source } from './source.ts'

export const RECORDING_SORTS = {
  newest: { sortField: 'startDate', sortOrder: 'desc' },
  oldest: { sortField: 'startDate', sortOrder: 'asc' },
  longest: { sortField: 'duration', sortOrder: 'desc' },
  largest: { sortField: 'size', sortOrder: 'desc' },
  name: { sortField: 'roomName', sortOrder: 'asc' },
} as const

export const RECORDING_STATUSES = [
  'starting',
  'active',
  'ending',
  'complete',
  'failed',
  'aborted',
  'limit_reached',
] as const
export type RecordingStatus = (typeof RECORDING_STATUSES)[number]

export interface RecordingFilter {
  name: string
  status: RecordingStatus | ''
  sort: keyof typeof RECORDING_SORTS
}

const PAGE_SIZE = 30
/** A recording that runs is shown as it is; the others change seldom. */
const POLL_MS = { running: 3000, idle: 15_000 }

const keyOf = (source: Source) =>
  source.kind === 'session'
    ? ['recordings', source.environment]
    : ['recordings', source.kind, source.kind === 'room' ? source.roomId : source.secret]

interface Page {
  recordings: Recording[]
  pagination: { nextPageToken?: string }
}

/** What matches, page by page; `roomId` keeps it to one room. */
export function useRecordings(source: Source, { name, status, sort }: RecordingFilter, roomId?: string) {
  return useInfiniteQuery({
    queryKey: [...keyOf(source), 'list', { name, status, sort, roomId }],
    queryFn: ({ pageParam, signal }) =>
      ask<Page>(source, 'GET', '/api/v1/recordings', {
        signal,
        query: {
          ...RECORDING_SORTS[sort],
          maxItems: String(PAGE_SIZE),
          ...(roomId === undefined ? {} : { roomId }),
          ...(name === ''
            ? {}
            : { roomName: name, roomNameMatchMode: 'partial', roomNameCaseInsensitive: 'true' }),
          ...(status === '' ? {} : { status }),
          ...(pageParam === '' ? {} : { nextPageToken: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ recordings }) => recordings.some(isRunning)) === true
        ? POLL_MS.running
        : POLL_MS.idle,
  })
}

export function useRecording(source: Source, recordingId: string) {
  return useQuery({
    queryKey: [...keyOf(source), 'one', recordingId],
    queryFn: ({ signal }) => ask<Recording>(source, 'GET', pathOf(recordingId), { signal }),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isRunning(state.data) ? POLL_MS.running : false,
    retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400),
  })
}

interface Deleted {
  deleted: string[]
  failed: { recordingId: string; error: string }[]
}

/** Deletes many; what is refused is in the result, not thrown. */
export function useDeleteRecordings(source: Source) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (recordingIds: string[]): Promise<Deleted> => {
      try {
        return await ask<Deleted>(source, 'DELETE', '/api/v1/recordings', {
          query: { recordingIds: recordingIds.join(',') },
        })
      } catch (error) {
        const isPartial =
          error instanceof ApiError &&
          error.status === 400 &&
          typeof error.body === 'object' &&
          error.body !== null &&
          'failed' in error.body
        if (isPartial) return error.body as Deleted
        throw error
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(source) }),
  })
}

export function useRenameRecording(source: Source) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ recordingId, title }: { recordingId: string; title: string }) =>
      ask<Recording>(source, 'PATCH', `/internal-api/v1/recordings/${encodeURIComponent(recordingId)}`, {
        body: { title },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keyOf(source) }),
  })
}

/** The link for others; `expiresInSeconds` null = as long as the recording exists. */
export const linkTo = (
  source: Source,
  recordingId: string,
  { isPrivate, expiresInSeconds }: { isPrivate: boolean; expiresInSeconds: number | null },
) =>
  ask<{ url: string }>(source, 'GET', pathOf(recordingId, '/url'), {
    query: {
      privateAccess: String(isPrivate),
      ...(expiresInSeconds === null ? {} : { expiresInSeconds: String(expiresInSeconds) }),
    },
  })

export interface ConsentEntry {
  identity: string
  name: string
  answer: 'agreed' | 'declined'
  text: string
  at: number
}

/** Who agreed to it; only for who may control recordings of the room. */
export const useConsents = (source: Source, recordingId: string) =>
  useQuery({
    queryKey: [...keyOf(source), 'consents', recordingId],
    queryFn: ({ signal }) =>
      ask<{ consents: ConsentEntry[] }>(
        source,
        'GET',
        `/internal-api/v1/recordings/${encodeURIComponent(recordingId)}/consents`,
        { signal },
      ),
    enabled: source.kind === 'session',
    retry: false,
  })

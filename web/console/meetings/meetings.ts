import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type RouteAnswer, type RouteInput } from '../../api/client.ts'
import { useEnvironment } from '../shell/environment.ts'

export type ScheduledMeeting = RouteAnswer<'get /api/v1/meetings'>['data'][number]
export type Occurrence = RouteAnswer<'get /internal-api/v1/meetings/occurrences'>['occurrences'][number]
export type Report = RouteAnswer<'get /api/v1/meetings/:id/report'>['data']
export type MeetingValues = RouteInput<'post /api/v1/meeting'>['body']
export type Whose = 'mine' | 'all'

const meetingsKey = ['scheduled'] as const
const feedKey = ['calendar-feed'] as const
/** Meetings begin and end while the page is open. */
const REFRESH_MS = 30_000
export const PAGE_SIZE = 20

/** What takes place between two times. */
export function useOccurrences(from: Date, to: Date, whose: Whose) {
  const environment = useEnvironment()
  const query = { from: from.toISOString(), to: to.toISOString(), whose }
  return useQuery({
    queryKey: [...meetingsKey, environment, 'week', query],
    queryFn: ({ signal }) => api('get /internal-api/v1/meetings/occurrences', { query, environment, signal }),
    refetchInterval: REFRESH_MS,
  })
}

export function useScheduled(status: 'scheduled' | 'active' | 'ended', page: number) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: [...meetingsKey, environment, 'list', status, page],
    queryFn: ({ signal }) =>
      api('get /api/v1/meetings', { query: { status, page, limit: PAGE_SIZE }, environment, signal }),
    refetchInterval: REFRESH_MS,
    placeholderData: (previous, query) =>
      query?.queryKey[1] === environment && query.queryKey[3] === status
        ? keepPreviousData(previous)
        : undefined,
  })
}

export function useScheduledMeeting(id: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: [...meetingsKey, environment, 'one', id],
    queryFn: ({ signal }) => api('get /api/v1/meetings/:id', { params: { id }, environment, signal }),
    select: ({ data }) => data,
    refetchInterval: REFRESH_MS,
  })
}

export function useReport(id: string, occurrence: string | undefined) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: [...meetingsKey, environment, 'report', id, occurrence ?? ''],
    queryFn: ({ signal }) =>
      api('get /api/v1/meetings/:id/report', {
        params: { id },
        query: occurrence === undefined ? {} : { occurrence },
        environment,
        signal,
      }),
    select: ({ data }) => data,
    refetchInterval: REFRESH_MS,
  })
}

function useChange<V, A>(mutationFn: (values: V) => Promise<A>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => void client.invalidateQueries({ queryKey: meetingsKey }),
  })
}

export function useSchedule() {
  const environment = useEnvironment()
  return useChange((body: MeetingValues) => api('post /api/v1/meeting', { body, environment }))
}
export function useUpdateMeeting(id: string) {
  const environment = useEnvironment()
  return useChange((body: MeetingValues) =>
    api('patch /api/v1/meetings/:id', { params: { id }, body, environment }),
  )
}
export function useCancelMeeting(id: string) {
  const environment = useEnvironment()
  return useChange(() => api('delete /api/v1/meetings/:id', { params: { id }, environment }))
}

export const useCalendarFeed = () =>
  useQuery({
    queryKey: feedKey,
    queryFn: () => api('get /internal-api/v1/calendar-feed'),
    // Its address is a secret: it is not kept once the dialog is closed.
    gcTime: 0,
  })
export function useResetFeed() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api('post /internal-api/v1/calendar-feed/reset'),
    onSuccess: (answer) => client.setQueryData(feedKey, answer),
  })
}

/** Saves a report as the file that the server makes. Throws where it does not answer. */
export async function downloadReport(
  report: Report,
  type: 'text/csv' | 'application/json',
  environment: 'live' | 'test',
): Promise<void> {
  const occurrence = report.occurrence === null ? '' : `?occurrence=${encodeURIComponent(report.occurrence)}`
  const response = await fetch(`/api/v1/meetings/${report.meeting.id}/report${occurrence}`, {
    headers: { Accept: type, 'X-Environment': environment },
  })
  if (!response.ok) throw new Error(`The server answered ${response.status}`)
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = `report-${report.meeting.id}.${type === 'text/csv' ? 'csv' : 'json'}`
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

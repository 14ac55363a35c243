import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type RouteInput } from '../../api/client.ts'

export type ApiKey = Awaited<ReturnType<typeof api<'get /api/v1/keys'>>>['keys'][number]
/** The one answer that holds the whole key. */
export type NewApiKey = Awaited<ReturnType<typeof api<'post /api/v1/keys'>>>
export type KeyPermission = ApiKey['permissions'][number]
export type KeyChange = RouteInput<'patch /api/v1/keys/:id'>['body']
export type Usage = Awaited<ReturnType<typeof api<'get /api/v1/keys/:id/usage'>>>
export type Interval = 'hour' | 'day'

const keysKey = ['keys'] as const

/** The keys of both environments; their counts are at most a few seconds old. */
export const useKeys = () =>
  useQuery({ queryKey: keysKey, queryFn: () => api('get /api/v1/keys'), refetchInterval: 10_000 })

/** What a key did: over the last day by hour or the last 30 days by day, and its last 50 requests. */
export const useKeyUsage = (id: string, interval: Interval) =>
  useQuery({
    queryKey: [...keysKey, id, 'usage', interval],
    queryFn: ({ signal }) =>
      api('get /api/v1/keys/:id/usage', { params: { id }, query: { interval }, signal }),
    refetchInterval: 10_000,
  })

/** A change of the keys, after which their list is asked for anew. */
function useKeyMutation<V, A>(mutationFn: (values: V) => Promise<A>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    // A whole key must not stay in the cache after its dialog.
    gcTime: 0,
    onSuccess: () => void client.invalidateQueries({ queryKey: keysKey }),
  })
}

export const useGenerateKey = () =>
  useKeyMutation((body: RouteInput<'post /api/v1/keys'>['body']) => api('post /api/v1/keys', { body }))

export const useUpdateKey = (id: string) =>
  useKeyMutation((body: KeyChange) => api('patch /api/v1/keys/:id', { params: { id }, body }))

export const useRotateKey = (id: string) =>
  useKeyMutation((graceSeconds: number) =>
    api('post /api/v1/keys/:id/rotate', { params: { id }, body: { graceSeconds } }),
  )

export const useRevokeKey = () =>
  useKeyMutation((id: string) => api('delete /api/v1/keys/:id', { params: { id } }))

export const isUsable = ({ status }: ApiKey): boolean => status === 'active' || status === 'expiring'

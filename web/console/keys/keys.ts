import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import type { Environment } from '../shell/environment.ts'

export type ApiKey = Awaited<ReturnType<typeof api<'get /api/v1/keys'>>>['keys'][number]
/** The one answer that holds the whole key. */
export type NewApiKey = Awaited<ReturnType<typeof api<'post /api/v1/keys'>>>
export type KeyPermission = 'read' | 'write' | 'admin'

const keysKey = ['keys'] as const

/** The keys of both environments; their counts are at most a few seconds old. */
export const useKeys = (enabled: boolean) =>
  useQuery({ queryKey: keysKey, queryFn: () => api('get /api/v1/keys'), enabled, refetchInterval: 10_000 })

export function useGenerateKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; environment: Environment; permissions: KeyPermission[] }) =>
      api('post /api/v1/keys', { body }),
    // The whole key must not stay in the cache after its dialog.
    gcTime: 0,
    onSuccess: () => void client.invalidateQueries({ queryKey: keysKey }),
  })
}

export function useRevokeKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => api('delete /api/v1/keys/:id', { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  })
}

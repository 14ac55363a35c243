import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type RouteInput } from '../../api/client.ts'
import type { TextKey } from '../../locales/console.ts'

export type OAuthClient = Awaited<ReturnType<typeof api<'get /api/v1/oauth/clients'>>>['clients'][number]
/** The one answer that holds the secret. */
export type NewOAuthClient = Awaited<ReturnType<typeof api<'post /api/v1/oauth/clients'>>>
export type Scope = OAuthClient['scopes'][number]
export type Grant = Awaited<ReturnType<typeof api<'get /internal-api/v1/oauth/grants'>>>['grants'][number]

/** What each scope lets an app do, in the words of the pages. */
export const SCOPE_TEXTS: Record<Scope, TextKey> = {
  'meeting.read': 'oauth.scopes.meetingRead',
  'meeting.create': 'oauth.scopes.meetingCreate',
  'room.read': 'oauth.scopes.roomRead',
  'room.write': 'oauth.scopes.roomWrite',
  'recording.read': 'oauth.scopes.recordingRead',
  'recording.write': 'oauth.scopes.recordingWrite',
  'webhook.read': 'oauth.scopes.webhookRead',
  'webhook.create': 'oauth.scopes.webhookCreate',
  'webhook.delete': 'oauth.scopes.webhookDelete',
}
// The record above names every scope, so its keys are all of them.
export const SCOPES = Object.keys(SCOPE_TEXTS) as Scope[]

const clientsKey = ['oauth', 'clients'] as const
const grantsKey = ['oauth', 'grants'] as const

export const useOAuthClients = () =>
  useQuery({ queryKey: clientsKey, queryFn: () => api('get /api/v1/oauth/clients') })

export const useGrants = () =>
  useQuery({ queryKey: grantsKey, queryFn: () => api('get /internal-api/v1/oauth/grants') })

/** A change, after which its list is asked for anew. A secret must not stay in the cache after its dialog. */
function useListMutation<V, A>(queryKey: readonly string[], mutationFn: (values: V) => Promise<A>) {
  const client = useQueryClient()
  return useMutation({ mutationFn, gcTime: 0, onSuccess: () => void client.invalidateQueries({ queryKey }) })
}

export const useRegisterClient = () =>
  useListMutation(clientsKey, (body: RouteInput<'post /api/v1/oauth/clients'>['body']) =>
    api('post /api/v1/oauth/clients', { body }),
  )
export const useUpdateClient = (id: string) =>
  useListMutation(clientsKey, (body: RouteInput<'patch /api/v1/oauth/clients/:id'>['body']) =>
    api('patch /api/v1/oauth/clients/:id', { params: { id }, body }),
  )
export const useRotateSecret = (id: string) =>
  useListMutation(clientsKey, () => api('post /api/v1/oauth/clients/:id/secret', { params: { id } }))
export const useDeleteClient = (id: string) =>
  useListMutation(clientsKey, () => api('delete /api/v1/oauth/clients/:id', { params: { id } }))
export const useWithdrawGrant = () =>
  useListMutation(grantsKey, (id: string) =>
    api('delete /internal-api/v1/oauth/grants/:id', { params: { id } }),
  )

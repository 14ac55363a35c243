import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type RouteInput } from '../../api/client.ts'
import { useEnvironment, type Environment } from '../shell/environment.ts'

export type Webhook = Awaited<ReturnType<typeof api<'get /api/v1/webhooks'>>>['webhooks'][number]
/** The one answer that holds the secret. */
export type NewWebhook = Awaited<ReturnType<typeof api<'post /api/v1/webhooks'>>>
export type EventName = Webhook['events'][number]
export type Delivery = Awaited<ReturnType<typeof api<'post /api/v1/webhooks/:id/test'>>>
export type DeliveryStatus = Delivery['status']

const webhooksKey = (environment: Environment) => ['webhooks', environment] as const
const PAGE = 20

/** The environment's webhooks, oldest first; how they stand is at most a few seconds old. */
export function useWebhooks({ enabled = true }: { enabled?: boolean } = {}) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: webhooksKey(environment),
    queryFn: () => api('get /api/v1/webhooks', { environment }),
    refetchInterval: 10_000,
    enabled,
  })
}

/** What was sent to a webhook, newest first, page by page. */
export function useDeliveries(id: string, status: DeliveryStatus | '') {
  const environment = useEnvironment()
  return useInfiniteQuery({
    queryKey: [...webhooksKey(environment), id, 'deliveries', status],
    queryFn: ({ pageParam, signal }) =>
      api('get /api/v1/webhooks/:id/deliveries', {
        params: { id },
        query: {
          maxItems: String(PAGE),
          ...(status === '' ? {} : { status }),
          ...(pageParam === '' ? {} : { nextPageToken: pageParam }),
        },
        environment,
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.pagination.nextPageToken,
    refetchInterval: 5000,
  })
}

/** A change, after which all that is known of webhooks is asked for anew. */
function useWebhookMutation<V, A>(change: (values: V, environment: Environment) => Promise<A>) {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: (values: V) => change(values, environment),
    // A secret must not stay in the cache after its dialog.
    gcTime: 0,
    onSuccess: () => void client.invalidateQueries({ queryKey: webhooksKey(environment) }),
  })
}

export const useCreateWebhook = () =>
  useWebhookMutation((body: RouteInput<'post /api/v1/webhooks'>['body'], environment) =>
    api('post /api/v1/webhooks', { body, environment }),
  )

export const useUpdateWebhook = (id: string) =>
  useWebhookMutation((body: RouteInput<'patch /api/v1/webhooks/:id'>['body'], environment) =>
    api('patch /api/v1/webhooks/:id', { params: { id }, body, environment }),
  )

export const useReplaceSecret = (id: string) =>
  useWebhookMutation((_: void, environment) =>
    api('post /api/v1/webhooks/:id/secret', { params: { id }, environment }),
  )

export const useDeleteWebhook = (id: string) =>
  useWebhookMutation((_: void, environment) =>
    api('delete /api/v1/webhooks/:id', { params: { id }, environment }),
  )

export const useTestWebhook = (id: string) =>
  useWebhookMutation((_: void, environment) =>
    api('post /api/v1/webhooks/:id/test', { params: { id }, environment }),
  )

export const useRedeliver = (id: string) =>
  useWebhookMutation((deliveryId: string, environment) =>
    api('post /api/v1/webhooks/:id/deliveries/:deliveryId/redeliver', {
      params: { id, deliveryId },
      environment,
    }),
  )

/** How a webhook stands: what the list shows at a glance. */
export type Standing = 'failing' | 'stopped' | 'disabled' | 'waiting' | 'healthy'

/** `stopped` by Parley, `disabled` by an admin; `waiting` for its first delivery. */
export function standingOf({ enabled, disabledReason, failingSince, lastDeliveryAt }: Webhook): Standing {
  if (!enabled) return disabledReason === null ? 'disabled' : 'stopped'
  if (failingSince !== null) return 'failing'
  return lastDeliveryAt === null ? 'waiting' : 'healthy'
}

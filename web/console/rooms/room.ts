import { useMutation, useQuery, useQueryClient, type QueryKey } from '@tanstack/react-query'
import { isAdmin, useCurrentSession } from '../../account/index.ts'
import { api, type RouteAnswer, type RouteInput } from '../../api/client.ts'
import { useText, type Translate } from '../../locales/console.ts'
import { errorText, hasStatus } from '../../ui/errors.ts'
import { toast } from '../../ui/toast.tsx'
import { useEnvironment, type Environment } from '../shell/environment.ts'
import { CHANGE_KEY, roomKeys } from './live.ts'
import type { Abilities } from './permissions.ts'
import type { Room } from './rooms.ts'

export type Role = 'moderator' | 'speaker'
export type LinkName = Role | 'recording'
export type RoomConfig = RouteAnswer<'get /api/v1/rooms/:roomId/config'>
export type RoomSettings = RouteAnswer<'get /api/v1/rooms/:roomId/settings'>
export type ConfigChange = RouteInput<'put /api/v1/rooms/:roomId/config'>['body']['config']
export type SettingsChange = NonNullable<RouteInput<'put /api/v1/rooms/:roomId/settings'>['body']>
export type Meeting = RouteAnswer<'get /api/v1/rooms/:roomId/meetings'>['meetings'][number]

/** Whether the signed-in person may change a room, or only look at it. */
export function useMayManage(): (room: Pick<Room, 'owner'>) => boolean {
  const session = useCurrentSession()
  return (room) => isAdmin(session) || room.owner === session.user.username
}

/** Why a change was refused; a meeting that began meanwhile is the usual reason. */
export const refusalText = (error: unknown, t: Translate): string =>
  hasStatus(error, 409) ? t('room.refusedBusy') : errorText(error, t)

/**
 * A change that shows at once. One after another per room; when the server refuses, what was there before comes back and a
 * toast says why.
 */
function useOptimistic<Data, Change>(
  room: { roomId: string },
  part: 'room' | 'settings',
  send: (change: Change, to: { environment: Environment; params: { roomId: string } }) => Promise<unknown>,
  apply: (data: Data, change: Change) => Data,
) {
  const { t } = useText()
  const client = useQueryClient()
  const environment = useEnvironment()
  const queryKey: QueryKey = roomKeys.part(environment, room.roomId, part)
  return useMutation({
    mutationKey: CHANGE_KEY,
    scope: { id: `room ${room.roomId}` },
    mutationFn: (change: Change) => send(change, { environment, params: { roomId: room.roomId } }),
    onMutate: async (change) => {
      await client.cancelQueries({ queryKey })
      const before = client.getQueryData<Data>(queryKey)
      if (before !== undefined) client.setQueryData(queryKey, apply(before, change))
      return { before }
    },
    onError: (error, _change, context) => {
      client.setQueryData(queryKey, context?.before)
      toast({ tone: 'danger', text: refusalText(error, t) })
    },
    onSettled: async () => {
      // The last of several asks the server how things stand.
      if (client.isMutating({ mutationKey: CHANGE_KEY }) === 1) await client.invalidateQueries({ queryKey })
    },
  })
}

/** Lays a change over the features as the server does: encryption rules recording out. */
export function withConfig(config: RoomConfig, change: ConfigChange): RoomConfig {
  const merged = {
    ...config,
    ...change,
    recording: { ...config.recording, ...change.recording },
  } as RoomConfig
  if (merged.e2ee.enabled) merged.recording.enabled = false
  return merged
}

export const useChangeConfig = (room: Room) =>
  useOptimistic<Room, ConfigChange>(
    room,
    'room',
    (config, to) => api('put /api/v1/rooms/:roomId/config', { ...to, body: { config } }),
    (old, change) => (old.config ? { ...old, config: withConfig(old.config, change) } : old),
  )

export const useChangeRole = (room: Room) =>
  useOptimistic<Room, { role: Role; permissions: Partial<Abilities> }>(
    room,
    'room',
    ({ role, permissions }, to) =>
      api('put /api/v1/rooms/:roomId/roles', { ...to, body: { roles: { [role]: { permissions } } } }),
    (old, { role, permissions }) =>
      old.roles
        ? {
            ...old,
            roles: {
              ...old.roles,
              [role]: { permissions: { ...old.roles[role].permissions, ...permissions } },
            },
          }
        : old,
  )

export const useSwitchLink = (room: Room) =>
  useOptimistic<Room, { link: LinkName | 'user'; enabled: boolean }>(
    room,
    'room',
    ({ link, enabled }, to) =>
      api('put /api/v1/rooms/:roomId/access', {
        ...to,
        body: { access: link === 'user' ? { user: { enabled } } : { anonymous: { [link]: { enabled } } } },
      }),
    (old, { link, enabled }) => {
      const { anonymous, user } = old.access
      const access =
        link === 'user'
          ? { anonymous, user: { ...user, enabled } }
          : { user, anonymous: { ...anonymous, [link]: { ...anonymous[link], enabled } } }
      return { ...old, access }
    },
  )

export const useChangeSettings = (room: Room) =>
  useOptimistic<RoomSettings, SettingsChange>(
    room,
    'settings',
    (body, to) => api('put /api/v1/rooms/:roomId/settings', { ...to, body }),
    (old, change) => ({ ...old, ...change, locks: { ...old.locks, ...change.locks } }),
  )

/** Parley's own settings of a room. */
export function useSettings(roomId: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: roomKeys.part(environment, roomId, 'settings'),
    queryFn: ({ signal }) =>
      api('get /api/v1/rooms/:roomId/settings', { signal, environment, params: { roomId } }),
  })
}

/** The meetings of a room, newest first; the running one has no end. */
export function useMeetings(roomId: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: roomKeys.part(environment, roomId, 'meetings'),
    queryFn: ({ signal }) =>
      api('get /api/v1/rooms/:roomId/meetings', {
        signal,
        environment,
        params: { roomId },
        query: { maxItems: 100 },
      }),
  })
}

/** Gives a link a new secret. */
export function useReplaceLink(roomId: string) {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: (role: LinkName) =>
      api('post /api/v1/rooms/:roomId/access/rotate', { environment, params: { roomId }, body: { role } }),
    onSuccess: (access) => {
      client.setQueryData<Room>(
        roomKeys.part(environment, roomId, 'room'),
        (old) => old && { ...old, access },
      )
      return client.invalidateQueries({ queryKey: roomKeys.all(environment) })
    },
  })
}

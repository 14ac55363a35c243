import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { api, ApiError, type RouteAnswer, type RouteInput } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { useEnvironment, type Environment } from '../shell/environment.ts'
import { CHANGE_KEY, overviewKey, roomKeys, usePollMs } from './live.ts'

type AnyRoom = RouteAnswer<'get /api/v1/rooms/:roomId'>
type Base = 'roomId' | 'roomName' | 'owner' | 'creationDate' | 'access' | 'status' | 'meetingEndAction'
/** A room as we ask for it; `config` and `roles` come with one room only. */
export type Room = AnyRoom & Required<Pick<AnyRoom, Base>>
// Without `fields` in the request the server leaves out none of these (contract/openvidu-meet.md 0.7).
export const whole = (room: AnyRoom) => room as Room

export type RoomStatus = 'open' | 'active_meeting' | 'closed'

export const ROOM_SORTS = {
  newest: { sortField: 'creationDate', sortOrder: 'desc' },
  oldest: { sortField: 'creationDate', sortOrder: 'asc' },
  nameAsc: { sortField: 'roomName', sortOrder: 'asc' },
  nameDesc: { sortField: 'roomName', sortOrder: 'desc' },
} as const

export interface RoomFilter {
  name: string
  status: RoomStatus | ''
  sort: keyof typeof ROOM_SORTS
}

const PAGE_SIZE = 50

/** The rooms that match, page by page; follows what happens to them. */
export function useRooms({ name, status, sort }: RoomFilter) {
  const environment = useEnvironment()
  const refetchInterval = usePollMs()
  return useInfiniteQuery({
    queryKey: [...roomKeys.list(environment), { name, status, sort }],
    queryFn: async ({ pageParam, signal }) => {
      const { rooms, pagination } = await api('get /api/v1/rooms', {
        signal,
        environment,
        query: {
          ...ROOM_SORTS[sort],
          maxItems: String(PAGE_SIZE),
          ...(name !== '' && {
            roomName: name,
            roomNameMatchMode: 'partial',
            roomNameCaseInsensitive: 'true',
          }),
          ...(status !== '' && { status }),
          ...(pageParam !== '' && { nextPageToken: pageParam }),
        },
      })
      return { rooms: rooms.map(whole), pagination }
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    refetchInterval,
    // The rooms of the other environment must not linger on the screen.
    placeholderData: (previous, query) =>
      query?.queryKey[1] === environment ? keepPreviousData(previous) : undefined,
  })
}

/** One room with its permissions and features. */
export function useRoom(roomId: string) {
  const environment = useEnvironment()
  const refetchInterval = usePollMs()
  return useQuery({
    queryKey: roomKeys.part(environment, roomId, 'room'),
    queryFn: async ({ signal }) =>
      whole(
        await api('get /api/v1/rooms/:roomId', {
          signal,
          environment,
          params: { roomId },
          query: { extraFields: 'roles,config' },
        }),
      ),
    refetchInterval,
  })
}

/** The short code that a room never changes. */
export function useRoomCode(roomId: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: ['rooms', environment, 'code', roomId],
    queryFn: () => api('get /api/v1/rooms/:roomId/code', { environment, params: { roomId } }),
    staleTime: Infinity,
  })
}

/** What a room is made from. */
export type NewRoom = NonNullable<RouteInput<'post /api/v1/rooms'>['body']>

export function useCreateRoom() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: async (body: NewRoom) => whole(await api('post /api/v1/rooms', { environment, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: roomKeys.list(environment) }),
  })
}

/** Makes a room named after this moment and goes into it as its moderator. */
export function useNewMeeting() {
  const { t, locale } = useText()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: () => {
      const when = new Intl.DateTimeFormat(locale, {
        day: 'numeric',
        month: 'short',
        hour: 'numeric',
        minute: '2-digit',
      }).format()
      return api('post /api/v1/rooms', {
        environment,
        body: { roomName: t('shell.meetingName', { when }).slice(0, 50) },
      })
    },
    onSuccess: (room) => window.location.assign(room.moderatorUrl ?? `/room/${room.roomId}`),
  })
}

export interface DeletionPolicy {
  withMeeting: 'fail' | 'force' | 'when_meeting_ends'
  withRecordings: 'fail' | 'force' | 'close'
}

export interface DeletionOutcome {
  /** `successCode` of each room that is done. */
  done: string[]
  refused: { roomId: string; code: string; message: string }[]
}

async function deleteOne(
  roomId: string,
  environment: Environment,
  policy: DeletionPolicy,
): Promise<DeletionOutcome> {
  try {
    const { successCode } = await api('delete /api/v1/rooms/:roomId', {
      environment,
      params: { roomId },
      query: { ...policy },
    })
    return { done: [successCode], refused: [] }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // Somebody else was faster; that is what was wanted.
    if (error.status === 404) return { done: ['room_deleted'], refused: [] }
    if (error.status !== 403 && error.status !== 409) throw error
    return { done: [], refused: [{ roomId, code: error.error, message: error.message }] }
  }
}

type ManyDeleted = RouteAnswer<'delete /api/v1/rooms'>

/** The answer to a deletion of many that failed for some tells each room's fate. */
const isPartial = (error: unknown): error is ApiError & { body: ManyDeleted } =>
  error instanceof ApiError &&
  error.status === 400 &&
  typeof error.body === 'object' &&
  error.body !== null &&
  'failed' in error.body &&
  'deleted' in error.body

/** So that the address of the request stays within what servers and proxies take. */
const DELETED_AT_ONCE = 100

async function deleteMany(
  roomIds: string[],
  environment: Environment,
  policy: DeletionPolicy,
): Promise<DeletionOutcome> {
  const outcome: DeletionOutcome = { done: [], refused: [] }
  for (let i = 0; i < roomIds.length; i += DELETED_AT_ONCE) {
    const query = { roomIds: roomIds.slice(i, i + DELETED_AT_ONCE).join(','), ...policy }
    let answer: ManyDeleted
    try {
      answer = await api('delete /api/v1/rooms', { environment, query })
    } catch (error) {
      if (!isPartial(error)) throw error
      answer = error.body
    }
    outcome.done.push(...answer.deleted.map((room) => room.successCode))
    outcome.refused.push(
      ...answer.failed.map(({ roomId, error, message }) => ({ roomId, code: error, message })),
    )
  }
  return outcome
}

/** Deletes rooms; what the server refuses for a reason that a decision can remove is in the result, not thrown. */
export function useDeleteRooms() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: ({ roomIds, policy }: { roomIds: string[]; policy: DeletionPolicy }) =>
      roomIds.length === 1 && roomIds[0] !== undefined
        ? deleteOne(roomIds[0], environment, policy)
        : deleteMany(roomIds, environment, policy),
    onSettled: () => client.invalidateQueries({ queryKey: roomKeys.list(environment) }),
  })
}

export interface StatusOutcome {
  /** Rooms that changed, as they are now. */
  done: Room[]
  refused: { roomName: string; message: string }[]
}

/** Requests at a time: a hundred rooms must not fill the browser's connections. */
const AT_ONCE = 4

/** Opens or closes rooms, each on its own; a refusal of one is in the result, not thrown. */
export function useSetStatus() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationKey: CHANGE_KEY,
    mutationFn: async ({ rooms, status }: { rooms: Room[]; status: 'open' | 'closed' }) => {
      const outcome: StatusOutcome = { done: [], refused: [] }
      const waiting = [...rooms]
      const work = async () => {
        for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) {
          const { roomId, roomName } = room
          try {
            outcome.done.push(
              whole(
                await api('put /api/v1/rooms/:roomId/status', {
                  environment,
                  params: { roomId },
                  body: { status },
                }),
              ),
            )
          } catch (error) {
            if (!(error instanceof ApiError)) throw error
            outcome.refused.push({ roomName, message: error.message })
          }
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      return outcome
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: overviewKey(environment) })
      return client.invalidateQueries({ queryKey: roomKeys.all(environment) })
    },
  })
}

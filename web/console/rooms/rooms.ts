import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useText } from '../../locales/console.ts'
import { useEnvironment } from '../shell/environment.ts'

/** A room as the list has it; the two heavy fields come with one room. */
export type Room = Awaited<ReturnType<typeof api<'get /api/v1/rooms'>>>['rooms'][number]
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

const POLL_MS = 5000
const PAGE_SIZE = 50

/** The rooms that match, page by page; asked for again every five seconds, since meetings come and go. */
export function useRooms({ name, status, sort }: RoomFilter) {
  const environment = useEnvironment()
  return useInfiniteQuery({
    queryKey: ['rooms', environment, 'list', { name, status, sort }],
    queryFn: ({ pageParam }) =>
      api('get /api/v1/rooms', {
        environment,
        query: {
          ...ROOM_SORTS[sort],
          maxItems: PAGE_SIZE,
          ...(name !== '' && { roomName: name, roomNameMatchMode: 'partial', roomNameCaseInsensitive: true }),
          ...(status !== '' && { status }),
          ...(pageParam !== '' && { nextPageToken: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    refetchInterval: POLL_MS,
    // The rooms of the other environment must not linger on the screen.
    placeholderData: (previous, query) =>
      query?.queryKey[1] === environment ? keepPreviousData(previous) : undefined,
  })
}

/** One room with its permissions and features. */
export function useRoom(roomId: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: ['rooms', environment, 'one', roomId],
    queryFn: () =>
      api('get /api/v1/rooms/:roomId', {
        environment,
        params: { roomId },
        query: { extraFields: 'roles,config' },
      }),
    refetchInterval: POLL_MS,
  })
}

/** The short code that a room never changes. */
export function useRoomCode(roomId: string) {
  const environment = useEnvironment()
  return useQuery({
    queryKey: ['rooms', environment, 'code', roomId],
    queryFn: () => api('get /internal-api/v1/rooms/:roomId/code', { environment, params: { roomId } }),
    staleTime: Infinity,
  })
}

export function useCreateRoom() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: (roomName: string) => api('post /api/v1/rooms', { environment, body: { roomName } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['rooms', environment] }),
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

export function useDeleteRoom() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: ({ roomId, ...query }: { roomId: string } & DeletionPolicy) =>
      api('delete /api/v1/rooms/:roomId', { environment, params: { roomId }, query }),
    onSettled: () => client.invalidateQueries({ queryKey: ['rooms', environment, 'list'] }),
  })
}

export function useDeleteRooms() {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: ({ roomIds, ...query }: { roomIds: string[] } & DeletionPolicy) =>
      api('delete /api/v1/rooms', { environment, query: { roomIds: roomIds.join(','), ...query } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['rooms', environment, 'list'] }),
  })
}

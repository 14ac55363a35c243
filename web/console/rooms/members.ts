import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, type RouteAnswer, type RouteInput } from '../../api/client.ts'
import { useEnvironment } from '../shell/environment.ts'
import { roomKeys } from './live.ts'

type AnyMember = RouteAnswer<'get /api/v1/rooms/:roomId/members/:memberId'>
type Base = 'memberId' | 'type' | 'name' | 'membershipDate' | 'accessUrl' | 'baseRole'
/** A member of a room: a user, or a guest with a link of their own. */
export type Member = AnyMember & Required<Pick<AnyMember, Base>>

export type NewMember = RouteInput<'post /api/v1/rooms/:roomId/members'>['body']
type MemberChange = NonNullable<RouteInput<'put /api/v1/rooms/:roomId/members/:memberId'>['body']>

const PAGE_SIZE = 50

/** The members of a room whose name has `name` in it, newest first. */
export function useMembers(roomId: string, name: string) {
  const environment = useEnvironment()
  return useInfiniteQuery({
    queryKey: [...roomKeys.part(environment, roomId, 'members'), { name }],
    queryFn: async ({ pageParam, signal }) => {
      const { members, pagination } = await api('get /api/v1/rooms/:roomId/members', {
        signal,
        environment,
        params: { roomId },
        query: {
          maxItems: String(PAGE_SIZE),
          ...(name !== '' && { name, nameMatchMode: 'partial', nameCaseInsensitive: 'true' }),
          ...(pageParam !== '' && { nextPageToken: pageParam }),
        },
      })
      // Without `fields` in the request the server leaves out none of these.
      return { members: members as Member[], pagination }
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    placeholderData: keepPreviousData,
  })
}

function useMemberMutation<Change, Answer>(
  roomId: string,
  send: (change: Change, environment: ReturnType<typeof useEnvironment>) => Promise<Answer>,
) {
  const client = useQueryClient()
  const environment = useEnvironment()
  return useMutation({
    mutationFn: (change: Change) => send(change, environment),
    onSettled: () => client.invalidateQueries({ queryKey: roomKeys.part(environment, roomId, 'members') }),
  })
}

export const useAddMember = (roomId: string) =>
  useMemberMutation(roomId, async (body: NewMember, environment) => {
    const member = await api('post /api/v1/rooms/:roomId/members', { environment, params: { roomId }, body })
    return member as Member
  })

export const useChangeMember = (roomId: string) =>
  useMemberMutation(roomId, ({ memberId, ...body }: MemberChange & { memberId: string }, environment) =>
    api('put /api/v1/rooms/:roomId/members/:memberId', { environment, params: { roomId, memberId }, body }),
  )

export const useRemoveMember = (roomId: string) =>
  useMemberMutation(roomId, (memberId: string, environment) =>
    api('delete /api/v1/rooms/:roomId/members/:memberId', { environment, params: { roomId, memberId } }),
  )

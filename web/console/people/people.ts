import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { api, type RouteAnswer } from '../../api/client.ts'

export type Person = RouteAnswer<'get /api/v1/organization/users'>['users'][number]
export type PersonRole = Person['role']
export type Invitation = RouteAnswer<'get /api/v1/organization/invitations'>['invitations'][number]

export const PERSON_ROLES: PersonRole[] = ['admin', 'room_manager', 'room_member']

const peopleKey = ['people'] as const
const PAGE_SIZE = '50'

/** The organization's users whose name, username or e-mail has `search` in it, newest first. */
export const usePeople = (search: string, role: PersonRole | '') =>
  useInfiniteQuery({
    queryKey: [...peopleKey, 'list', { search, role }],
    queryFn: ({ pageParam, signal }) =>
      api('get /api/v1/organization/users', {
        signal,
        query: {
          maxItems: PAGE_SIZE,
          ...(search !== '' && { search }),
          ...(role !== '' && { role }),
          ...(pageParam !== '' && { nextPageToken: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.pagination.nextPageToken,
    placeholderData: keepPreviousData,
  })

export const useInvitations = () =>
  useQuery({
    queryKey: [...peopleKey, 'invitations'],
    queryFn: () => api('get /api/v1/organization/invitations'),
  })

function usePeopleMutation<Change, Answer>(send: (change: Change) => Promise<Answer>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSettled: () => client.invalidateQueries({ queryKey: peopleKey }),
  })
}

export const useCreatePerson = () =>
  usePeopleMutation((body: { userId: string; name: string; role: PersonRole; password: string }) =>
    api('post /api/v1/users', { body }),
  )
export const useInvite = () =>
  usePeopleMutation((body: { email: string; role: PersonRole }) =>
    api('post /api/v1/organization/invitations', { body }),
  )
export const useRevokeInvitation = () =>
  usePeopleMutation((id: string) => api('delete /api/v1/organization/invitations/:id', { params: { id } }))
export const useChangeRole = () =>
  usePeopleMutation(({ userId, role }: { userId: string; role: PersonRole }) =>
    api('patch /api/v1/organization/users/:userId', { params: { userId }, body: { role } }),
  )
export const useResetPersonPassword = () =>
  usePeopleMutation(({ userId, newPassword }: { userId: string; newPassword: string }) =>
    api('put /api/v1/users/:userId/password', { params: { userId }, body: { newPassword } }),
  )
export const useResetTwoFactor = () =>
  usePeopleMutation((userId: string) =>
    api('delete /api/v1/organization/users/:userId/two-factor', { params: { userId } }),
  )
export const useRemovePerson = () =>
  usePeopleMutation((userId: string) =>
    api('delete /api/v1/organization/users/:userId', { params: { userId } }),
  )

/** Users to choose from while typing; who may manage rooms may ask for them. */
export const usePeopleToChoose = (search: string) =>
  useQuery({
    queryKey: [...peopleKey, 'choose', search],
    queryFn: ({ signal }) =>
      api('get /api/v1/users', {
        signal,
        query: {
          maxItems: '8',
          sortField: 'name',
          sortOrder: 'asc',
          ...(search !== '' && {
            name: search,
            nameMatchMode: 'partial',
            nameCaseInsensitive: 'true',
            userId: search,
          }),
        },
      }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
/** A password to hand over: four groups of four letters that are not mistaken for each other. */
export function newPassword(): string {
  const letters: string[] = []
  while (letters.length < 16) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1))
    // Numbers past the last whole round would make some letters likelier.
    if (byte < Math.floor(256 / LETTERS.length) * LETTERS.length)
      letters.push(LETTERS[byte % LETTERS.length] ?? '')
  }
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-')
}

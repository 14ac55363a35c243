import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, ApiError } from '../api/client.ts'

export type Session = Awaited<ReturnType<typeof api<'get /internal-api/v1/session'>>>

export const sessionKey = ['session'] as const

/** Who is signed in; `data` is null when nobody is. */
export const useSession = () =>
  useQuery({
    queryKey: sessionKey,
    queryFn: async (): Promise<Session | null> => {
      try {
        return await api('get /internal-api/v1/session')
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    staleTime: 5 * 60_000,
  })

/** The session inside pages that are only shown to who is signed in. */
export function useCurrentSession(): Session {
  const { data } = useSession()
  if (!data) throw new Error('useCurrentSession outside a signed-in page')
  return data
}

export const isAdmin = (session: Session): boolean => session.role !== 'member'

/** Whether this server still waits for its first administrator. */
export const useSetupState = (enabled: boolean) =>
  useQuery({ queryKey: ['setup'], queryFn: () => api('get /internal-api/v1/setup'), enabled, staleTime: 0 })

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { login: string; password: string; code?: string }) =>
      api('post /internal-api/v1/session', { body }),
    gcTime: 0,
    onSuccess: (session) => client.setQueryData(sessionKey, session),
  })
}

/** How one can sign in on this server. */
export const useSignInOptions = () =>
  useQuery({
    queryKey: ['sign-in'],
    queryFn: () => api('get /internal-api/v1/sign-in'),
    staleTime: 5 * 60_000,
  })

/** Changes one's own password; other sessions end. */
export function useChangePassword() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) =>
      api('put /internal-api/v1/session/password', { body }),
    gcTime: 0,
    onSuccess: (session) => client.setQueryData(sessionKey, session),
  })
}

export const useForgotPassword = () =>
  useMutation({
    mutationFn: (login: string) => api('post /internal-api/v1/password/forgot', { body: { login } }),
  })

export const useResetPassword = () =>
  useMutation({
    mutationFn: (body: { token: string; newPassword: string }) =>
      api('post /internal-api/v1/password/reset', { body }),
    gcTime: 0,
  })

/** What the link of an invitation is for. */
export const useInvitation = (token: string) =>
  useQuery({
    queryKey: ['invitation', token],
    queryFn: () => api('post /internal-api/v1/invitation', { body: { token } }),
    retry: false,
    staleTime: Infinity,
  })

export function useAcceptAsNew() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { token: string; username: string; name: string; password: string }) =>
      api('post /internal-api/v1/invitation/new-user', { body }),
    gcTime: 0,
    onSuccess: (session) => client.setQueryData(sessionKey, session),
  })
}

/** Accepts as who is signed in, and loads the console of that organization afresh. */
export const useAcceptAsUser = () =>
  useMutation({
    mutationFn: (token: string) => api('post /internal-api/v1/invitation/accept', { body: { token } }),
    onSuccess: () => window.location.assign('/overview'),
  })

/** Acts in another organization; everything on the page belongs to the one before, so it is loaded afresh. */
export const useSwitchOrganization = () =>
  useMutation({
    mutationFn: (organizationId: string) =>
      api('put /internal-api/v1/session/organization', { body: { organizationId } }),
    onSuccess: () => window.location.assign('/overview'),
  })

export interface FirstAdmin {
  token: string
  username: string
  password: string
  name?: string
  email?: string
  organizationName?: string
}

export function useSetup() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: FirstAdmin) => api('post /internal-api/v1/setup', { body }),
    gcTime: 0,
    onSuccess: (session) => client.setQueryData(sessionKey, session),
  })
}

/** Ends the session and loads the page afresh, so that nothing of this user stays in memory. */
export const useSignOut = () =>
  useMutation({
    mutationFn: () => api('delete /internal-api/v1/session'),
    onSuccess: () => window.location.assign('/'),
  })

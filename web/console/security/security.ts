import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, type RouteAnswer } from '../../api/client.ts'

export type Place = RouteAnswer<'get /api/v1/sessions'>['sessions'][number]

const twoFactorKey = ['two-factor'] as const
const sessionsKey = ['sessions'] as const

export const useTwoFactor = () =>
  useQuery({ queryKey: twoFactorKey, queryFn: () => api('get /internal-api/v1/two-factor') })

export const useBeginTwoFactor = () =>
  useMutation({ mutationFn: () => api('post /internal-api/v1/two-factor'), gcTime: 0 })

function useTwoFactorMutation<Answer>(send: (code: string) => Promise<Answer>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: send,
    gcTime: 0,
    onSettled: () => client.invalidateQueries({ queryKey: twoFactorKey }),
  })
}
export const useConfirmTwoFactor = () =>
  useTwoFactorMutation((code) => api('put /internal-api/v1/two-factor', { body: { code } }))
export const useRenewCodes = () =>
  useTwoFactorMutation((code) => api('post /internal-api/v1/two-factor/recovery-codes', { body: { code } }))
export const useDisableTwoFactor = () =>
  useTwoFactorMutation((code) => api('post /internal-api/v1/two-factor/disable', { body: { code } }))

export const usePlaces = () => useQuery({ queryKey: sessionsKey, queryFn: () => api('get /api/v1/sessions') })

export function useEndPlace() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => api('delete /api/v1/sessions/:id', { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsKey }),
  })
}
export function useEndOtherPlaces() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api('delete /api/v1/sessions'),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsKey }),
  })
}

/** What a browser calls itself, as people call it: "Firefox on Windows". Null for what is no browser known here. */
export function browserName(userAgent: string): { browser: string; system: string } | null {
  const browser = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1]
  const system = [
    ['Windows', 'Windows'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Mac OS', 'macOS'],
    ['CrOS', 'ChromeOS'],
    ['Linux', 'Linux'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1]
  return browser === undefined || system === undefined ? null : { browser, system }
}

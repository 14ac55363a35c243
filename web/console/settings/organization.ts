import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { sessionKey } from '../../account/index.ts'
import { api, type RouteAnswer } from '../../api/client.ts'

const organizationKey = ['organization'] as const

export const useOrganization = () =>
  useQuery({ queryKey: organizationKey, queryFn: () => api('get /api/v1/organization') })

export function useRenameOrganization() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => api('patch /api/v1/organization', { body: { name } }),
    onSuccess: async (organization) => {
      client.setQueryData(organizationKey, organization)
      // The session carries the name, too.
      await client.invalidateQueries({ queryKey: sessionKey })
    },
  })
}

/** Sets which sites may embed meetings. */
export function useAllowOrigins() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (allowedOrigins: string[]) => api('patch /api/v1/organization', { body: { allowedOrigins } }),
    onSuccess: (organization) => client.setQueryData(organizationKey, organization),
  })
}

export type Branding = RouteAnswer<'get /api/v1/organization'>['branding']

export function useUpdateBranding() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (branding: Branding) => api('patch /api/v1/organization', { body: { branding } }),
    onSuccess: async (organization) => {
      client.setQueryData(organizationKey, organization)
      await client.invalidateQueries({ queryKey: sessionKey })
    },
  })
}

import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useEnvironment } from '../shell/environment.ts'

/** Counts and running meetings, asked for again every five seconds. */
export function useOverview() {
  const environment = useEnvironment()
  return useQuery({
    queryKey: ['overview', environment],
    queryFn: () => api('get /internal-api/v1/overview', { environment }),
    refetchInterval: 5000,
  })
}

export type Overview = NonNullable<ReturnType<typeof useOverview>['data']>

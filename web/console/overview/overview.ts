import { useQuery } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { overviewKey, usePollMs } from '../rooms/live.ts'
import { useEnvironment } from '../shell/environment.ts'

/** Counts and running meetings; follows who comes and goes. */
export function useOverview() {
  const environment = useEnvironment()
  const refetchInterval = usePollMs()
  return useQuery({
    queryKey: overviewKey(environment),
    queryFn: () => api('get /internal-api/v1/overview', { environment }),
    refetchInterval,
  })
}

export type Overview = NonNullable<ReturnType<typeof useOverview>['data']>

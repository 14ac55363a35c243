import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { sessionKey } from '../../account/index.ts'
import { ApiError } from '../../api/client.ts'

/**
 * The cache of server answers. A 401 to any request means that the session ended: `session` becomes null, on which the
 * console's layout leads to the sign-in page and back.
 */
export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.status === 401) client.setQueryData(sessionKey, null)
  }
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        retry: (failures, error) => !isRefusal(error) && failures < 2,
      },
    },
  })
  return client
}

/** Asking again would give the same answer. */
const isRefusal = (error: unknown) => error instanceof ApiError && error.status >= 400 && error.status < 500

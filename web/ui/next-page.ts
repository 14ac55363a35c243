/** What is looked at of a list that is read page by page: an infinite query's result. */
export interface Pages {
  data: { pages: unknown[] } | undefined
  hasNextPage: boolean
  /** What stands here is another list, until the one asked for has come. */
  isPlaceholderData: boolean
  isFetching: boolean
  isFetchNextPageError: boolean
  fetchNextPage: (options: { cancelRefetch: boolean }) => Promise<unknown>
}

export interface NextPage {
  /** Whether there is one. */
  isThere: boolean
  /** The reader waits for the page after this many; null: they do not. */
  after: number | null
}

export const NO_PAGE: NextPage = { isThere: false, after: null }

/**
 * What is known of a list's next page now. Who waits for it gets it: neither the list's being read anew, which ends a
 * page under way, nor a filter that takes effect in between is the end of waiting.
 */
export function follow(before: NextPage, list: Pages): NextPage {
  const now = look(before, list)
  return now.isThere === before.isThere && now.after === before.after ? before : now
}

function look(before: NextPage, { data, hasNextPage, isPlaceholderData }: Pages): NextPage {
  if (data === undefined) return { ...before, isThere: false }
  if (isPlaceholderData) return before
  const count = data.pages.length
  const isWaiting = before.after !== null && hasNextPage && count <= before.after
  return { isThere: hasNextPage, after: isWaiting ? count : null }
}

/** The reader wants the next page, also where it failed. */
export function ask(next: NextPage, list: Pages): NextPage {
  if (list.isFetchNextPageError) void list.fetchNextPage({ cancelRefetch: false })
  return { ...next, after: list.data?.pages.length ?? null }
}

export const isAwaited = (next: NextPage, list: Pages): boolean =>
  next.after !== null && !list.isFetchNextPageError

/**
 * Asks the server for a page that is waited for. Never in place of the list's being read anew, which would keep what
 * has changed from being seen: then after it, when this is called again.
 */
export function advance(next: NextPage, list: Pages): void {
  if (!isAwaited(next, list) || list.data === undefined || list.isPlaceholderData || list.isFetching) return
  void list.fetchNextPage({ cancelRefetch: false })
}

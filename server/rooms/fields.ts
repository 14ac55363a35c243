import { commaParts } from '../http/lists.ts'

/** Names of fields that a caller wants to see. */
export interface Chosen {
  fields: string[]
  extraFields: string[]
}

/** Query and header ask for fields together (contract/openvidu-meet.md 0.7). */
export function chosenFields(query: Chosen, header: (name: string) => string | undefined): Chosen {
  const merge = (own: string[], name: string) => [...own, ...commaParts(header(name))]
  return { fields: merge(query.fields, 'x-fields'), extraFields: merge(query.extraFields, 'x-extrafields') }
}

/** What a list says of its page; without `nextPageToken` it is the last one. */
export const paginationOf = (maxItems: number, nextPageToken: string | undefined) => ({
  isTruncated: nextPageToken !== undefined,
  ...(nextPageToken === undefined ? {} : { nextPageToken }),
  maxItems,
})

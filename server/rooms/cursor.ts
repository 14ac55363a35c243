import type { RoomQuery, RoomRow } from './store.ts'

type SortField = RoomQuery['sortField']
const valueOf: Record<SortField, (row: RoomRow) => number | string | null> = {
  creationDate: (row) => row.createdAt,
  roomName: (row) => row.name,
  autoDeletionDate: (row) => row.autoDeletionAt,
}

/** Where the next page begins: the last row's sort value and seq, with the sort it belongs to. */
export const encodeCursor = (row: RoomRow, sortField: SortField, sortOrder: string): string =>
  Buffer.from(JSON.stringify([sortField, sortOrder, valueOf[sortField](row), row.seq])).toString('base64url')

/** Reads a page token back; null for one that is forged, damaged, or of another sort. */
export function decodeCursor(
  token: string,
  sortField: SortField,
  sortOrder: string,
): RoomQuery['after'] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (!Array.isArray(parts) || parts.length !== 4) return null
    const [field, order, value, seq] = parts as unknown[]
    const isValue =
      sortField === 'roomName' ? typeof value === 'string' : value === null || typeof value === 'number'
    if (field !== sortField || order !== sortOrder || !isValue || !Number.isSafeInteger(seq)) return null
    return { value: value as number | string | null, seq: seq as number }
  } catch {
    return null
  }
}

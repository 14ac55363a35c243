/** What the stage needs to know of a participant; everything else is the tile's own business. */
export interface StageParticipant {
  identity: string
  isLocal: boolean
  joinedAt: number
  isSpeaking: boolean
  /** When this participant last spoke, in ms; null: not yet. */
  lastSpokeAt: number | null
  /** When the running screen share was first seen; null: none. */
  sharingSince: number | null
}

export interface TileSpec {
  /** Stable over the meeting; the React key. */
  id: string
  identity: string
  source: 'camera' | 'screen'
}

export interface StageOrder {
  /** The tile that takes the stage. */
  main: TileSpec | null
  /** All others in order. */
  tiles: readonly TileSpec[]
}

export const EMPTY_STAGE: StageOrder = { main: null, tiles: [] }

const tileOf = (identity: string, source: TileSpec['source']): TileSpec => ({
  id: `${source}:${identity}`,
  identity,
  source,
})

/**
 * Decides who is where. One's own tile is first, others follow in the order in which they joined, and nobody
 * moves from there but for one cause: who speaks while on a later page changes places with whoever on the
 * first page has been silent longest.
 *
 * The pinned tile, else the latest screen share of somebody else, takes the stage. One's own share stays off
 * it: a screen that shows itself has no end. Gives the very same `previous` back when nothing changed.
 */
export const orderStage = (
  previous: StageOrder,
  participants: readonly StageParticipant[],
  firstPageSize: number,
  pinnedId: string | null,
): StageOrder => {
  const byIdentity = new Map(participants.map((participant) => [participant.identity, participant]))
  const shares = participants
    .filter((participant) => !participant.isLocal && participant.sharingSince !== null)
    .sort((a, b) => (a.sharingSince ?? 0) - (b.sharingSince ?? 0))
    .map(({ identity }) => tileOf(identity, 'screen'))
  const cameras = keepOrder(previous, participants, byIdentity)
  const all = [...shares, ...cameras]
  const main = all.find(({ id }) => id === pinnedId) ?? shares.at(-1) ?? null
  const tiles = all.filter(({ id }) => id !== main?.id)
  bringSpeakersForward(tiles, firstPageSize, byIdentity)
  return sameOrder(previous, { main, tiles }) ? previous : { main, tiles }
}

const keepOrder = (
  previous: StageOrder,
  participants: readonly StageParticipant[],
  byIdentity: ReadonlyMap<string, StageParticipant>,
): TileSpec[] => {
  const wasMain = previous.main?.source === 'camera' ? [previous.main] : []
  const kept = [...previous.tiles, ...wasMain].filter(
    ({ identity, source }) => source === 'camera' && byIdentity.has(identity),
  )
  const known = new Set(kept.map(({ identity }) => identity))
  const newcomers = participants
    .filter(({ identity }) => !known.has(identity))
    .sort((a, b) => a.joinedAt - b.joinedAt || (a.identity < b.identity ? -1 : 1))
    .map(({ identity }) => tileOf(identity, 'camera'))
  const order = [...kept, ...newcomers]
  const own = order.findIndex(({ identity }) => byIdentity.get(identity)?.isLocal)
  if (own > 0) order.unshift(...order.splice(own, 1))
  return order
}

const bringSpeakersForward = (
  tiles: TileSpec[],
  firstPageSize: number,
  byIdentity: ReadonlyMap<string, StageParticipant>,
): void => {
  const participantAt = (index: number) => {
    const tile = tiles[index]
    return tile?.source === 'camera' ? byIdentity.get(tile.identity) : undefined
  }
  for (let index = firstPageSize; index < tiles.length; index++) {
    if (!participantAt(index)?.isSpeaking) continue
    let quietest = -1
    for (let seat = 0; seat < firstPageSize; seat++) {
      const seated = participantAt(seat)
      if (!seated || seated.isLocal || seated.isSpeaking) continue
      // Of several who never spoke the last one gives way: it has been there the shortest.
      if (quietest < 0 || (seated.lastSpokeAt ?? -1) <= (participantAt(quietest)?.lastSpokeAt ?? -1))
        quietest = seat
    }
    const speaker = tiles[index]
    const giving = tiles[quietest]
    if (!speaker || !giving) continue
    tiles[quietest] = speaker
    tiles[index] = giving
  }
}

const sameOrder = (a: StageOrder, b: StageOrder): boolean =>
  a.main?.id === b.main?.id &&
  a.tiles.length === b.tiles.length &&
  a.tiles.every((tile, index) => tile.id === b.tiles[index]?.id)

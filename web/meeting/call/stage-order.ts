import type { Layout } from '../../lobby/index.ts'

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
 * The pinned tile, else who has the spotlight (their screen, if they share one), else the latest screen share of
 * somebody else takes the stage; where the speaker has it, that is kept until another speaks and the one on stage does
 * not, and the two change places. One's own share stays off it: a screen that shows itself has no end. Gives the very
 * same `previous` back when nothing changed.
 */
export const orderStage = (
  previous: StageOrder,
  participants: readonly StageParticipant[],
  firstPageSize: number,
  pinnedId: string | null,
  layout: Layout = 'auto',
  spotlight: string | null = null,
): StageOrder => {
  const byIdentity = new Map(participants.map((participant) => [participant.identity, participant]))
  const shares = participants
    .filter((participant) => !participant.isLocal && participant.sharingSince !== null)
    .sort((a, b) => (a.sharingSince ?? 0) - (b.sharingSince ?? 0))
    .map(({ identity }) => tileOf(identity, 'screen'))
  const cameras = keepOrder(previous, participants, byIdentity)
  const all = [...shares, ...cameras]
  const hasSpeaker = layout === 'speaker' || layout === 'sidebar'
  const main =
    all.find(({ id }) => id === pinnedId) ??
    all.find(({ identity }) => identity === spotlight) ??
    (layout === 'grid' ? undefined : shares.at(-1)) ??
    (hasSpeaker ? speakerOnStage(previous.main, cameras, byIdentity) : undefined) ??
    null
  const tiles = all.filter(({ id }) => id !== main?.id)
  if (hasSpeaker) takeSeatOf(main, previous, tiles)
  bringSpeakersForward(tiles, firstPageSize, byIdentity)
  return sameOrder(previous, { main, tiles }) ? previous : { main, tiles }
}

/** Never oneself while there is somebody else. */
const speakerOnStage = (
  previous: TileSpec | null,
  cameras: readonly TileSpec[],
  byIdentity: ReadonlyMap<string, StageParticipant>,
): TileSpec | undefined => {
  const others = cameras.filter(({ identity }) => byIdentity.get(identity)?.isLocal === false)
  const isSpeaking = ({ identity }: TileSpec) => byIdentity.get(identity)?.isSpeaking === true
  const stays = others.find(({ id }) => id === previous?.id)
  if (stays && isSpeaking(stays)) return stays
  return others.find(isSpeaking) ?? stays ?? others[0] ?? cameras[0]
}

/** Who leaves the stage sits down where the one who takes it has been. */
const takeSeatOf = (main: TileSpec | null, previous: StageOrder, tiles: TileSpec[]): void => {
  const seat = previous.tiles.findIndex(({ id }) => id === main?.id)
  const leaving = tiles.findIndex(({ id }) => id === previous.main?.id)
  if (seat >= 0 && leaving >= 0 && previous.main?.source === 'camera')
    tiles.splice(seat, 0, ...tiles.splice(leaving, 1))
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

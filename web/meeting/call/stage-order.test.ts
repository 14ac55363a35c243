import { describe, expect, it } from 'vitest'
import { EMPTY_STAGE, orderStage, type StageOrder, type StageParticipant } from './stage-order.ts'

const person = (identity: string, change: Partial<StageParticipant> = {}): StageParticipant => ({
  identity,
  isLocal: identity === 'me',
  joinedAt: identity.charCodeAt(0),
  isSpeaking: false,
  lastSpokeAt: null,
  sharingSince: null,
  ...change,
})

const names = ({ main, tiles }: StageOrder) => [
  ...(main ? [`*${main.id}`] : []),
  ...tiles.map(({ identity, source }) => (source === 'screen' ? `${identity}-screen` : identity)),
]

const order = (
  participants: StageParticipant[],
  previous = EMPTY_STAGE,
  pageSize = 9,
  pinned: string | null = null,
  spotlight: string | null = null,
) => orderStage(previous, participants, pageSize, pinned, 'auto', spotlight)

describe('the order of tiles', () => {
  it('begins with oneself, then goes by arrival', () => {
    expect(names(order([person('c'), person('a'), person('me'), person('b')]))).toEqual(['me', 'a', 'b', 'c'])
  })

  it('does not change when somebody speaks who is already seen', () => {
    const before = order([person('me'), person('a'), person('b')])
    const after = order([person('me'), person('a'), person('b', { isSpeaking: true })], before)
    expect(after).toBe(before)
  })

  it('keeps places when somebody leaves, and appends who comes', () => {
    const before = order([person('me'), person('b'), person('c')])
    const after = order([person('me'), person('c'), person('a')], before)
    expect(names(after)).toEqual(['me', 'c', 'a'])
  })

  it('swaps a speaker from a later page with whoever was silent longest', () => {
    const people = [
      person('me'),
      person('a', { lastSpokeAt: 50 }),
      person('b', { lastSpokeAt: 10 }),
      person('c'),
      person('d'),
    ]
    const before = order(people, EMPTY_STAGE, 3)
    expect(names(before)).toEqual(['me', 'a', 'b', 'c', 'd'])
    const speaking = people.map((one) => (one.identity === 'd' ? { ...one, isSpeaking: true } : one))
    const after = order(speaking, before, 3)
    expect(names(after)).toEqual(['me', 'a', 'd', 'c', 'b'])
    expect(order(people, after, 3)).toBe(after)
  })

  it('leaves the first page alone when all there speak', () => {
    const people = [person('me'), person('a', { isSpeaking: true }), person('b', { isSpeaking: true })]
    expect(names(order(people, EMPTY_STAGE, 2))).toEqual(['me', 'a', 'b'])
  })
})

describe('who takes the stage', () => {
  it('the latest share does, an earlier one stays a tile', () => {
    const people = [person('me'), person('a', { sharingSince: 2 }), person('b', { sharingSince: 1 })]
    expect(names(order(people))).toEqual(['*screen:a', 'b-screen', 'me', 'a', 'b'])
  })

  it("one's own share does not", () => {
    expect(names(order([person('me', { sharingSince: 1 }), person('a')]))).toEqual(['me', 'a'])
  })

  it('a pinned tile does, and goes back to its place afterwards at the end', () => {
    const people = [person('me'), person('a'), person('b')]
    const pinned = order(people, order(people), 9, 'camera:a')
    expect(names(pinned)).toEqual(['*camera:a', 'me', 'b'])
    expect(names(order(people, pinned))).toEqual(['me', 'b', 'a'])
  })

  it('a pin on somebody who left is void', () => {
    expect(names(order([person('me')], EMPTY_STAGE, 9, 'camera:gone'))).toEqual(['me'])
  })

  it('gives the stage to who has the spotlight, with their screen first, unless something is pinned', () => {
    const people = [
      person('me'),
      person('a', { sharingSince: 1 }),
      person('b'),
      person('c', { sharingSince: 2 }),
    ]
    expect(names(order(people, EMPTY_STAGE, 9, null, 'b'))[0]).toBe('*camera:b')
    expect(names(order(people, EMPTY_STAGE, 9, null, 'a'))[0]).toBe('*screen:a')
    expect(names(order(people, EMPTY_STAGE, 9, 'camera:c', 'b'))[0]).toBe('*camera:c')
    expect(names(order(people, EMPTY_STAGE, 9, null, 'gone'))[0]).toBe('*screen:c')
    expect(names(order(people, EMPTY_STAGE, 9, null, 'me'))[0]).toBe('*camera:me')
  })
})

describe('with the speaker on stage', () => {
  const stage = (
    participants: StageParticipant[],
    previous: StageOrder = EMPTY_STAGE,
    layout: 'speaker' | 'grid' = 'speaker',
  ) => orderStage(previous, participants, 9, null, layout)
  const speaking = { isSpeaking: true }

  it('puts another there before oneself, and oneself when alone', () => {
    expect(names(stage([person('me')]))).toEqual(['*camera:me'])
    expect(names(stage([person('me', speaking), person('a'), person('b')]))).toEqual(['*camera:a', 'me', 'b'])
  })

  it('lets the two change places, and keeps who is still speaking', () => {
    const first = stage([person('me'), person('a'), person('b'), person('c')])
    expect(names(first)).toEqual(['*camera:a', 'me', 'b', 'c'])
    const second = stage([person('me'), person('a'), person('b', speaking), person('c')], first)
    expect(names(second)).toEqual(['*camera:b', 'me', 'a', 'c'])
    const both = stage([person('me'), person('a', speaking), person('b', speaking), person('c')], second)
    expect(both).toBe(second)
    const silence = stage([person('me'), person('a'), person('b'), person('c')], both)
    expect(silence).toBe(second)
  })

  it('gives way to a shared screen, except in a grid', () => {
    const sharing = [person('me'), person('a'), person('b', { sharingSince: 1 })]
    expect(names(stage(sharing))).toEqual(['*screen:b', 'me', 'a', 'b'])
    expect(names(stage(sharing, EMPTY_STAGE, 'grid'))).toEqual(['b-screen', 'me', 'a', 'b'])
  })
})

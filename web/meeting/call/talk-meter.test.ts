import { describe, expect, it } from 'vitest'
import { TalkMeter } from './talk-meter.ts'

const stage = () => {
  const sent: number[] = []
  const state = { now: 0, isAway: false }
  const meter = new TalkMeter({
    now: () => state.now,
    send: async (talkMs) => {
      if (state.isAway) throw new Error('no network')
      sent.push(talkMs)
    },
  })
  return { meter, sent, state }
}

describe('talk time', () => {
  it('is told in pieces, in the middle of a sentence too, and silence once', async () => {
    const { meter, sent, state } = stage()
    await meter.report()
    await meter.report()
    expect(sent).toEqual([0])
    state.now = 1000
    meter.turn(true)
    state.now = 4000
    meter.turn(true)
    state.now = 5000
    await meter.report()
    state.now = 6500
    meter.turn(false)
    state.now = 9000
    await meter.report()
    await meter.report()
    expect(sent).toEqual([0, 4000, 1500])
  })

  it('is not lost while the network is away', async () => {
    const { meter, sent, state } = stage()
    meter.turn(true)
    state.now = 3000
    state.isAway = true
    await meter.report()
    state.now = 5000
    meter.turn(false)
    state.isAway = false
    await meter.report()
    expect(sent).toEqual([5000])
  })
})

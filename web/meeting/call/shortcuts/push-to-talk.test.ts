import { describe, expect, it } from 'vitest'
import { PushToTalk } from './push-to-talk.ts'

const stage = (isOn: boolean) => {
  const state = { isOn, opening: null as Promise<void> | null }
  const history: boolean[] = []
  const talk = new PushToTalk({
    isOn: () => state.isOn,
    set: async (on) => {
      await state.opening
      state.isOn = on
      history.push(on)
    },
  })
  return { talk, state, history }
}

describe('push-to-talk', () => {
  it('talks while held, and mutes while held when the microphone is on', async () => {
    const off = stage(false)
    off.talk.press()
    off.talk.press()
    await off.talk.release()
    expect(off.history).toEqual([true, false])
    const on = stage(true)
    on.talk.press()
    await on.talk.release()
    expect(on.history).toEqual([false, true])
  })

  it('let go while the microphone still opens leaves it off', async () => {
    const { talk, state, history } = stage(false)
    let open = () => {}
    state.opening = new Promise((resolve) => (open = resolve))
    talk.press()
    const released = talk.release()
    open()
    await released
    expect(history).toEqual([true, false])
    expect(state.isOn).toBe(false)
  })

  it('does nothing when let go without having been pressed', async () => {
    const { talk, history } = stage(false)
    await talk.release()
    expect(history).toEqual([])
  })
})

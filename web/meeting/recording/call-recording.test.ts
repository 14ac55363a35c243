import { describe, expect, it } from 'vitest'
import { CallRecording } from './call-recording.ts'
import type { RecordingState, RunningRecording } from './recording-state.ts'

const active: RunningRecording = {
  recordingId: 'a--EG_b--c',
  status: 'active',
  startedBy: 'Ana',
  startedByIdentity: 'ana-1',
  elapsedMs: 4000,
}
const nothing: RecordingState = { recording: null, consentText: null, consent: null, unavailable: null }

const make = (server: { state: RecordingState; starts?: () => Promise<void> }) => {
  const said: string[] = []
  let now = 10_000
  const recording = new CallRecording({
    load: async () => server.state,
    start: server.starts ?? (async () => undefined),
    stop: async (id) => void said.push(`stop ${id}`),
    answer: async (answer) => {
      said.push(answer)
      return { ...server.state, consent: answer }
    },
    now: () => now,
  })
  return { recording, said, pass: (ms: number) => (now += ms) }
}

describe('the recording of a meeting', () => {
  it('runs since the server says, whatever the clocks are, and goes on over later news', async () => {
    const { recording, pass } = make({ state: { ...nothing, recording: active } })
    await recording.refresh()
    expect(recording.store.getState().activeSince).toBe(6000)
    pass(5000)
    recording.receive({ ...active, status: 'ending', elapsedMs: 9100 })
    expect(recording.store.getState().activeSince).toBe(6000)
    recording.receive(null)
    expect(recording.store.getState().recording).toBe(null)
  })

  it('asks anew for each recording, and who starts one has agreed', async () => {
    const server = { state: { ...nothing, recording: active, consentText: 'May we?' } as RecordingState }
    const { recording, said } = make(server)
    recording.receive(active)
    await recording.answer('declined')
    expect(recording.store.getState().consent).toBe('declined')
    recording.receive({ ...active, recordingId: 'a--EG_d--e' })
    expect(recording.store.getState().consent).toBe(null)
    server.state = { ...server.state, recording: null }
    recording.receive(null)
    server.state = { ...server.state, recording: active }
    await recording.toggle()
    expect(said).toEqual(['declined', 'agreed'])
  })

  it('takes one press at a time, and is as it was when the server refuses', async () => {
    let refuse: ((error: Error) => void) | undefined
    const starts = () => new Promise<void>((_resolve, reject) => (refuse = reject))
    const { recording } = make({ state: nothing, starts })
    const first = recording.toggle()
    await recording.toggle()
    expect(recording.store.getState().isBusy).toBe(true)
    refuse?.(new Error('no recorder'))
    await expect(first).rejects.toThrow('no recorder')
    expect(recording.store.getState()).toMatchObject({ isBusy: false, recording: null })
  })
})

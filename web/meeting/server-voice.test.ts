import { describe, expect, it } from 'vitest'
import { Voice } from '../../server/livekit/voice.ts'
import { makeVerifier } from './server-voice.ts'

const text = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes)

describe('what the server says', () => {
  const voice = new Voice('secret of this LiveKit')
  const said = voice.speak('daily', { type: 'meeting.ended' })
  const verify = makeVerifier(voice.publicKey, 'daily')

  it('is believed as it was said', async () => {
    expect(text(await verify(said))).toBe('{"type":"meeting.ended"}')
    expect(new Voice('secret of this LiveKit').publicKey).toBe(voice.publicKey)
  })

  it('is not believed when changed, in another room, from another, or unsigned', async () => {
    const changed = said.slice()
    changed[changed.length - 3] = 0x58
    expect(await verify(changed)).toBeNull()
    expect(await makeVerifier(voice.publicKey, 'other')(said)).toBeNull()
    expect(await verify(new Voice('secret of another').speak('daily', { type: 'meeting.ended' }))).toBeNull()
    const bare = new TextEncoder().encode('{"type":"meeting.ended"}')
    expect(await verify(bare)).toBeNull()
    expect(await verify(new Uint8Array([...new Uint8Array(64), ...bare]))).toBeNull()
    expect(await verify(new Uint8Array())).toBeNull()
  })

  it('is not believed by a page that got no proper key', async () => {
    expect(await makeVerifier('bm8ga2V5', 'daily')(said)).toBeNull()
  })
})

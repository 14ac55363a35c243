import { describe, expect, it } from 'vitest'
import { cleanName, PreferenceStore } from './preferences.ts'

const memory = (initial?: string) => {
  const items = new Map<string, string>(initial === undefined ? [] : [['parley.call', initial]])
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  }
}

describe('preferences', () => {
  it('start with both devices on and none named', () => {
    const store = new PreferenceStore(() => memory())
    expect(store.current).toEqual({
      name: '',
      isMicrophoneOn: true,
      isCameraOn: true,
      microphoneId: null,
      cameraId: null,
      speakerId: null,
      layout: 'auto',
      videoCodec: 'vp8',
      silenced: [],
      areSoundsOn: true,
      areSingleKeysOn: true,
    })
  })

  it('survive a reload', () => {
    const storage = memory()
    new PreferenceStore(() => storage).save({ name: 'Ana', isCameraOn: false, microphoneId: 'm1' })
    expect(new PreferenceStore(() => storage).current).toMatchObject({
      name: 'Ana',
      isCameraOn: false,
      isMicrophoneOn: true,
      microphoneId: 'm1',
    })
  })

  it('work for the visit where storage throws, as in a sandboxed frame', () => {
    const store = new PreferenceStore(() => {
      throw new DOMException('denied', 'SecurityError')
    })
    store.save({ name: 'Ana' })
    expect(store.current.name).toBe('Ana')
  })

  it('take nothing of the wrong type from storage', () => {
    const store = new PreferenceStore(() =>
      memory('{"name":7,"isCameraOn":"no","cameraId":{},"speakerId":""}'),
    )
    expect(store.current).toMatchObject({ name: '', isCameraOn: true, cameraId: null, speakerId: null })
    expect(new PreferenceStore(() => memory('[')).current.name).toBe('')
  })
})

describe('a name', () => {
  it('is trimmed, folded to one line and cut between characters', () => {
    expect(cleanName('  Ana \n  Bea ')).toBe('Ana Bea')
    expect(cleanName('a'.repeat(80))).toHaveLength(60)
    expect(cleanName('😀'.repeat(80))).toBe('😀'.repeat(50))
  })
})

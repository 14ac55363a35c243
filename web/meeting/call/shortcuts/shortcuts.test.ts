import { describe, expect, it } from 'vitest'
import { commandFor, SHORTCUTS, type Press } from './shortcuts.ts'

const press = (shown: string, change: Partial<Press> = {}): Press => {
  const parts = shown.split('+')
  const key = parts.at(-1) ?? ''
  return {
    key: key === 'Space' ? ' ' : key,
    ctrlKey: parts.includes('Ctrl'),
    metaKey: false,
    altKey: false,
    shiftKey: parts.includes('Shift'),
    isTyping: false,
    isOnControl: false,
    areSingleKeysOn: true,
    ...change,
  }
}

describe('keys', () => {
  it('do what the sheet says of them', () => {
    for (const { command, keys } of SHORTCUTS)
      for (const key of keys) expect([key, commandFor(press(key))]).toEqual([key, command])
  })

  it('are letters while somebody types, but for those with Ctrl', () => {
    for (const { keys } of SHORTCUTS)
      for (const key of keys)
        expect([key, commandFor(press(key, { isTyping: true })) !== null]).toEqual([
          key,
          key.startsWith('Ctrl'),
        ])
  })

  it('without Ctrl can be switched off, and the sheet to switch them on stays within reach', () => {
    const off = { areSingleKeysOn: false }
    expect(commandFor(press('M', off))).toBeNull()
    expect(commandFor(press('Space', off))).toBeNull()
    expect(commandFor(press('Ctrl+D', off))).toBe('microphone')
    expect(commandFor(press('?', off))).toBe('help')
  })

  it('leave Space to the button that has the focus, and Alt and the browser’s own keys alone', () => {
    expect(commandFor(press('Space', { isOnControl: true }))).toBeNull()
    expect(commandFor(press('M', { altKey: true }))).toBeNull()
    expect(commandFor(press('Ctrl+C'))).toBeNull()
    expect(commandFor(press('Ctrl+Shift+D'))).toBeNull()
    expect(commandFor(press('D', { metaKey: true }))).toBe('microphone')
  })
})

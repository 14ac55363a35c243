/** What a key does. `talk` lasts while it is held. */
export type Command =
  | 'microphone'
  | 'camera'
  | 'share'
  | 'hand'
  | 'chat'
  | 'people'
  | 'talk'
  | 'help'
  | 'mute-all'
  | 'admit-all'

interface Shortcut {
  command: Command
  /** As they are shown; of several the first is the main one. */
  keys: readonly string[]
  isForModerators?: boolean
}

export const SHORTCUTS: readonly Shortcut[] = [
  { command: 'microphone', keys: ['M', 'Ctrl+D'] },
  { command: 'talk', keys: ['Space'] },
  { command: 'camera', keys: ['V', 'Ctrl+E'] },
  { command: 'share', keys: ['S'] },
  { command: 'hand', keys: ['H'] },
  { command: 'chat', keys: ['C'] },
  { command: 'people', keys: ['P'] },
  { command: 'mute-all', keys: ['Shift+M'], isForModerators: true },
  { command: 'admit-all', keys: ['Shift+A'], isForModerators: true },
  { command: 'help', keys: ['?'] },
]

const BY_KEY: Record<string, Command> = {
  m: 'microphone',
  v: 'camera',
  s: 'share',
  h: 'hand',
  c: 'chat',
  p: 'people',
}
const BY_SHIFTED_KEY: Record<string, Command> = { m: 'mute-all', a: 'admit-all' }
/** The browser's bookmark and search keys, as in other meeting programs. */
const BY_CONTROL_KEY: Record<string, Command> = { d: 'microphone', e: 'camera' }

export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  /** The person is writing there. */
  isTyping: boolean
  /** The focus came there by keyboard, to something that Space presses. */
  isOnControl: boolean
  /** Keys without Ctrl are switched on; WCAG 2.1.4 wants them to be off where they hinder. */
  areSingleKeysOn: boolean
}

/** What a key press asks for, or null. Keys without Ctrl are letters where somebody types. */
export const commandFor = (press: Press): Command | null => {
  const key = press.key.toLowerCase()
  if (press.altKey) return null
  if (press.ctrlKey || press.metaKey) return press.shiftKey ? null : (BY_CONTROL_KEY[key] ?? null)
  if (press.isTyping) return null
  if (key === '?') return 'help'
  if (!press.areSingleKeysOn) return null
  if (key === ' ') return press.isOnControl || press.shiftKey ? null : 'talk'
  return (press.shiftKey ? BY_SHIFTED_KEY[key] : BY_KEY[key]) ?? null
}

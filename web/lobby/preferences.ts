import { createStore, type StoreApi } from 'zustand/vanilla'

/**
 * How the stage of a call is laid out. `auto`: a grid, or whoever shares a screen with the others beside it; `grid`:
 * everything in equal tiles; `speaker` and `sidebar`: who speaks is large, the others below or beside.
 */
export const LAYOUTS = ['auto', 'grid', 'speaker', 'sidebar'] as const
export type Layout = (typeof LAYOUTS)[number]

/** How the camera is encoded; a browser that cannot falls back to VP8, which all can. */
export const VIDEO_CODECS = ['vp8', 'vp9', 'av1'] as const
export type VideoCodec = (typeof VIDEO_CODECS)[number]

/** What is told to screen readers as it happens. */
export const ANNOUNCEMENTS = ['people', 'chat', 'shares', 'hands', 'recording', 'own'] as const
export type Announcement = (typeof ANNOUNCEMENTS)[number]

/** What this browser remembers of its person between meetings. */
export interface Preferences {
  name: string
  isMicrophoneOn: boolean
  isCameraOn: boolean
  /** Null until the person picks one: the browser's own default is asked for without naming any. */
  microphoneId: string | null
  cameraId: string | null
  speakerId: string | null
  layout: Layout
  videoCodec: VideoCodec
  /** Kinds that are not told. */
  silenced: readonly Announcement[]
  /** Short sounds, such as when somebody knocks. */
  areSoundsOn: boolean
  /** Shortcuts of a single key; those with Ctrl are always there. */
  areSingleKeysOn: boolean
}

const DEFAULTS: Preferences = {
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
}

const KEY = 'parley.call'
const MAX_NAME_CHARACTERS = 60
/** What the server takes, in UTF-16 units, of which an emoji may need many. */
const MAX_NAME_UNITS = 100

/**
 * Keeps the preferences in local storage. Reading `window.localStorage` throws in a sandboxed frame and
 * writing throws when the quota is used up: both are survived, the page then forgets on reload.
 */
export class PreferenceStore {
  readonly store: StoreApi<Preferences>
  #storage: () => Pick<Storage, 'getItem' | 'setItem'>

  constructor(storage: () => Pick<Storage, 'getItem' | 'setItem'> = () => window.localStorage) {
    this.#storage = storage
    this.store = createStore(() => this.#read())
  }

  get current(): Readonly<Preferences> {
    return this.store.getState()
  }

  save(change: Partial<Preferences>): void {
    this.store.setState(change)
    try {
      this.#storage().setItem(KEY, JSON.stringify(this.current))
    } catch {
      // Storage is a convenience; see the class.
    }
  }

  #read(): Preferences {
    try {
      return parse(JSON.parse(this.#storage().getItem(KEY) ?? '{}'))
    } catch {
      return { ...DEFAULTS }
    }
  }
}

/** Trims and shortens what was typed, so that what is shown, stored and sent is the same. */
export const cleanName = (typed: string): string => {
  const characters = Array.from(typed.replace(/\s+/g, ' ').trim()).slice(0, MAX_NAME_CHARACTERS)
  while (characters.join('').length > MAX_NAME_UNITS) characters.pop()
  return characters.join('').trim()
}

const parse = (stored: unknown): Preferences => {
  if (typeof stored !== 'object' || stored === null) return { ...DEFAULTS }
  const saved = stored as Record<string, unknown>
  const text = (key: keyof Preferences) => {
    const value = saved[key]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return {
    name: cleanName(text('name') ?? ''),
    isMicrophoneOn: saved['isMicrophoneOn'] !== false,
    isCameraOn: saved['isCameraOn'] !== false,
    microphoneId: text('microphoneId'),
    cameraId: text('cameraId'),
    speakerId: text('speakerId'),
    layout: LAYOUTS.find((layout) => layout === saved['layout']) ?? DEFAULTS.layout,
    videoCodec: VIDEO_CODECS.find((codec) => codec === saved['videoCodec']) ?? DEFAULTS.videoCodec,
    silenced: ANNOUNCEMENTS.filter(
      (kind) => Array.isArray(saved['silenced']) && saved['silenced'].includes(kind),
    ),
    areSoundsOn: saved['areSoundsOn'] !== false,
    areSingleKeysOn: saved['areSingleKeysOn'] !== false,
  }
}

import {
  BLACK,
  contrast,
  cssOf,
  isDark,
  mix,
  readableOn,
  standingOut,
  WHITE,
  type Rgb,
} from '../ui/contrast.ts'
import type { Theme } from './contract.ts'

/** The stage as it is when nobody says otherwise (web/ui/tokens.css). */
const STAGE = {
  background: [14, 17, 22] as Rgb,
  surface: [23, 27, 34] as Rgb,
  text: [242, 244, 247] as Rgb,
  accent: [43, 101, 227] as Rgb,
}
/** Text of a state, for a dark and a light ground. */
const STATES = {
  '--danger-text': ['#ff7a82', '#b42330'],
  '--success-text': ['#3dd68c', '#0b7a4b'],
  '--warning-text': ['#f5b73d', '#8a5a00'],
} as const
const TEXT = 4.5
const OUTLINE = 3
const MAX_RADIUS_PX = 32

export type Colours = Partial<Record<'accent' | 'background' | 'surface' | 'text', Rgb>>

/**
 * The tokens for a host's colours. What cannot be read is not refused but moved until it can: text to 4.5:1 on
 * all that it stands on, controls to 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const tokensFor = (colours: Colours): Record<string, string> => {
  const tokens: Record<string, string> = {}
  let { background, surface } = STAGE
  if (colours.background ?? colours.surface ?? colours.text) {
    background = colours.background ?? colours.surface ?? STAGE.background
    const end = readableOn([background])
    // A surface on which the same text cannot be read is no surface of this background.
    const fits = colours.surface && contrast(end, raise(colours.surface, end)) >= TEXT
    surface = fits && colours.surface ? colours.surface : raise(background, end)
    const raised = raise(surface, end)
    const grounds = [background, surface, raised, raise(raised, end)]
    const text = standingOut(colours.text ?? mix(end, background, 0.04), grounds, TEXT)
    const state = isDark(background) ? 0 : 1
    Object.assign(tokens, {
      '--bg': cssOf(background),
      '--surface-1': cssOf(surface),
      '--surface-2': cssOf(raised),
      '--hover': cssOf(raise(raised, end)),
      '--hairline': cssOf(raise(raised, end)),
      '--outline': cssOf(standingOut(mix(surface, end, 0.4), grounds, OUTLINE)),
      '--text': cssOf(text),
      '--muted': cssOf(standingOut(mix(text, surface, 0.3), grounds, TEXT)),
      'color-scheme': isDark(background) ? 'dark' : 'light',
    })
    for (const [name, values] of Object.entries(STATES)) tokens[name] = values[state]
  }
  if (colours.accent ?? colours.background ?? colours.surface) {
    const accent = standingOut(colours.accent ?? STAGE.accent, [background, surface], OUTLINE)
    tokens['--accent'] = cssOf(accent)
    tokens['--accent-on'] = cssOf(readableOn([accent]))
    tokens['--accent-text'] = cssOf(standingOut(accent, [background, surface], TEXT))
  }
  return tokens
}

/** One step up: towards the text, as long as that stays easy to read, else away from it. */
const raise = (ground: Rgb, end: Rgb): Rgb => {
  const near = mix(ground, end, 0.05)
  return contrast(end, near) >= 7 ? near : mix(ground, end === WHITE ? BLACK : WHITE, 0.05)
}

/** `12px`, `0.5rem`, `8`: in pixels, null for what is no length. */
export const radiusOf = (text: string): number | null => {
  const [, number, unit] = /^(\d*\.?\d+)(px|rem|em)?$/.exec(text.trim()) ?? []
  return number === undefined
    ? null
    : Math.min(Number(number) * (unit?.endsWith('em') ? 16 : 1), MAX_RADIUS_PX)
}

/** Keeps what a host said of its theme, and shows it on the page. */
export class HostTheme {
  #said: Theme = {}
  #shown: string[] = []
  #root: HTMLElement

  constructor(root: HTMLElement) {
    this.#root = root
  }

  /** Takes changes; an empty text takes one back, what is no colour or length changes nothing. */
  change(theme: Theme): void {
    this.#said = { ...this.#said, ...theme }
    const { radius, ...names } = this.#said
    const colours: Colours = {}
    for (const [name, value] of Object.entries(names)) {
      const rgb = value ? rgbOf(value) : null
      if (rgb) colours[name as keyof Colours] = rgb
    }
    const tokens = tokensFor(colours)
    const pixels = radius ? radiusOf(radius) : null
    if (pixels !== null) {
      tokens['--radius-tile'] = `${pixels}px`
      tokens['--radius-card'] = `${Math.round(pixels * 0.72)}px`
      tokens['--radius-input'] = `${Math.round(pixels * 0.43)}px`
    }
    for (const name of this.#shown) this.#root.style.removeProperty(name)
    for (const [name, value] of Object.entries(tokens)) this.#root.style.setProperty(name, value)
    this.#shown = Object.keys(tokens)
  }
}

/** Any colour that this browser knows, without its transparency; null for what is none. */
const rgbOf = (text: string): Rgb | null => {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return null
  // An unknown colour leaves the one before.
  const taken = ['#000000', '#ffffff'].map((before) => {
    context.fillStyle = before
    context.fillStyle = text
    return context.fillStyle
  })
  if (taken[0] !== taken[1]) return null
  context.fillRect(0, 0, 1, 1)
  const [r = 0, g = 0, b = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
  return alpha === 0 ? null : [r, g, b]
}

/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number]

export const WHITE: Rgb = [255, 255, 255]
export const BLACK: Rgb = [0, 0, 0]

/** WCAG 2.2, relative luminance. */
const luminance = (colour: Rgb): number => {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export const contrast = (a: Rgb, b: Rgb): number => {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

export const isDark = (colour: Rgb): boolean => contrast(colour, WHITE) > contrast(colour, BLACK)

/** `share` of `other` in `colour`. */
export const mix = (colour: Rgb, other: Rgb, share: number): Rgb =>
  colour.map((value, index) => Math.round(value + ((other[index] ?? 0) - value) * share)) as unknown as Rgb

/** White or black, whichever can be read better on all of these. */
export const readableOn = (grounds: readonly Rgb[]): Rgb => {
  const least = (colour: Rgb) => Math.min(...grounds.map((ground) => contrast(colour, ground)))
  return least(WHITE) >= least(BLACK) ? WHITE : BLACK
}

/** The colour, moved towards white or black just as far as it takes to stand out from all of these. */
export const standingOut = (colour: Rgb, grounds: readonly Rgb[], ratio: number): Rgb => {
  const end = readableOn(grounds)
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(colour, end, share)
    if (grounds.every((ground) => contrast(moved, ground) >= ratio)) return moved
  }
  return end
}

export const cssOf = (colour: Rgb): string => `rgb(${colour.join(' ')})`

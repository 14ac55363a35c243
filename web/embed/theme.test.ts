import { describe, expect, it } from 'vitest'
import { contrast, type Rgb } from '../ui/contrast.ts'
import { radiusOf, tokensFor } from './theme.ts'

const rgb = (text: string | undefined): Rgb => {
  const [r = 0, g = 0, b = 0] = (/rgb\((.*)\)/.exec(text ?? '')?.[1] ?? '').split(' ').map(Number)
  return [r, g, b]
}
const COLOURS: Rgb[] = [
  [255, 255, 255],
  [0, 0, 0],
  [128, 128, 128],
  [255, 0, 0],
  [255, 255, 0],
  [14, 17, 22],
  [10, 10, 60],
  [246, 247, 249],
]

describe('the tokens of a host', () => {
  it('can be read, whatever colours it asks for', () => {
    for (const background of COLOURS)
      for (const surface of COLOURS)
        for (const text of COLOURS)
          for (const accent of COLOURS) {
            const tokens = tokensFor({ background, surface, text, accent })
            const grounds = ['--bg', '--surface-1', '--surface-2', '--hover'].map((name) => rgb(tokens[name]))
            for (const ground of grounds)
              for (const name of ['--text', '--muted'])
                expect(
                  contrast(rgb(tokens[name]), ground),
                  `${name} ${JSON.stringify(tokens)}`,
                ).toBeGreaterThanOrEqual(4.45)
            expect(contrast(rgb(tokens['--accent-on']), rgb(tokens['--accent']))).toBeGreaterThanOrEqual(4.5)
            expect(contrast(rgb(tokens['--accent']), rgb(tokens['--bg']))).toBeGreaterThanOrEqual(2.9)
          }
  })

  it('move nothing that could be read already', () => {
    const tokens = tokensFor({ accent: [200, 60, 90] })
    expect(tokens).toMatchObject({ '--accent': 'rgb(200 60 90)', '--accent-on': 'rgb(255 255 255)' })
    expect(tokens).not.toHaveProperty('--bg')
  })

  it('are none where nothing is asked for', () => expect(tokensFor({})).toEqual({}))
})

describe('the radius', () => {
  it.each([
    ['12px', 12],
    ['0.5rem', 8],
    ['0', 0],
    ['999px', 32],
    ['url(x)', null],
    ['', null],
  ])('%s', (text, pixels) => expect(radiusOf(text)).toBe(pixels))
})

import { expect, test } from 'vitest'
import { BLACK, contrast, isDark, readableOn, standingOut, WHITE, type Rgb } from './contrast.ts'

const NIGHT: Rgb = [14, 17, 22]

test('the ratio is that of WCAG', () => {
  expect(contrast(WHITE, BLACK)).toBe(21)
  expect(contrast([43, 101, 227], WHITE)).toBeCloseTo(5.2, 1)
  expect(contrast([242, 244, 247], NIGHT)).toBeCloseTo(17.2, 1)
  expect(contrast(NIGHT, NIGHT)).toBe(1)
})

test('any colour has one that can be read on it', () => {
  for (let value = 0; value < 256; value += 5) {
    for (const ground of [[value, value, value] as Rgb, [255, value, 0] as Rgb, [0, value, 255] as Rgb])
      expect(contrast(readableOn([ground]), ground)).toBeGreaterThanOrEqual(4.5)
  }
})

test('a colour is moved no further than it needs', () => {
  const blue: Rgb = [43, 101, 227]
  expect(standingOut(blue, [WHITE], 4.5)).toEqual(blue)
  const onNight = standingOut([20, 20, 60], [NIGHT], 4.5)
  expect(contrast(onNight, NIGHT)).toBeGreaterThanOrEqual(4.5)
  expect(contrast(onNight, NIGHT)).toBeLessThan(6)
  // Nothing reaches 21 on grey; the best there is comes back.
  expect(standingOut([128, 128, 128], [[128, 128, 128]], 21)).toEqual(BLACK)
})

test('dark is what white reads better on', () => {
  expect(isDark(NIGHT)).toBe(true)
  expect(isDark([246, 247, 249])).toBe(false)
})

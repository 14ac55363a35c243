import { describe, expect, it } from 'vitest'
import { contrastWithWhite } from './contrast.ts'

describe('the contrast of white text', () => {
  it('is what WCAG computes', () => {
    expect(contrastWithWhite('#000000')).toBeCloseTo(21, 5)
    expect(contrastWithWhite('#ffffff')).toBeCloseTo(1, 5)
    expect(contrastWithWhite('#2b65e3')).toBeCloseTo(5.17, 1)
    expect(contrastWithWhite('#767676')).toBeGreaterThan(4.5)
    expect(contrastWithWhite('#777777')).toBeLessThan(4.5)
  })
})

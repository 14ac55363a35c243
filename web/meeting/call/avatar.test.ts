import { describe, expect, it } from 'vitest'
import { hueOf, initials } from './avatar.ts'

describe('initials', () => {
  it.each([
    ['Ana', 'A'],
    ['ana maria López', 'AL'],
    ['  ßeta-7 ', 'SS7'],
    ['李 小龙', '李小'],
    ['🎉🎉', ''],
    ['<b>x</b>', 'BB'],
    ['', ''],
  ])('%s: %s', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })
})

describe('hueOf', () => {
  it('is a stable hue that tells neighbours apart', () => {
    expect(hueOf('ana-1')).toBe(hueOf('ana-1'))
    expect(hueOf('ana-1')).not.toBe(hueOf('ana-2'))
    expect(hueOf('')).toBeLessThan(360)
  })
})

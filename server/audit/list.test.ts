import { describe, expect, it } from 'vitest'
import { csvField } from './list.ts'

describe('a field of CSV', () => {
  it('is quoted where it has to be, and never a formula', () => {
    for (const [text, field] of [
      ['plain', 'plain'],
      ['', ''],
      ['a,b', '"a,b"'],
      ['he said "no"', '"he said ""no"""'],
      ['two\nlines', '"two\nlines"'],
      ['=1+1', "'=1+1"],
      ['@SUM(A1,B1)', '"\'@SUM(A1,B1)"'],
      ['-5', "'-5"],
    ] as const)
      expect(csvField(text)).toBe(field)
  })
})

import { expect, it } from 'vitest'
import { clockText, sizeText, startOf } from './format.ts'

it.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1500, '1.5 kB'],
  [4_200_000, '4.2 MB'],
  [5_000_000_000, '5 GB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes, 'en')).toBe(text))

it.each([
  [3, '0:03'],
  [65.4, '1:05'],
  [3723, '1:02:03'],
])('%d seconds are %s', (seconds, text) => expect(clockText(seconds)).toBe(text))

it.each([
  ['90', 90],
  ['1m30s', 90],
  ['1h', 3600],
  ['1:30', 90],
  ['1:02:03', 3723],
  ['soon', null],
  ['', null],
  [null, null],
])('?t=%s begins at %s', (text, seconds) => expect(startOf(text)).toBe(seconds))

import { expect, test } from 'vitest'
import { isAllowedOrigin } from './allowed-origins.ts'

test.each([
  ['https://app.example.com', ['*'], true],
  ['https://app.example.com', ['https://app.example.com'], true],
  ['https://app.example.com', ['https://APP.example.com'], true],
  ['https://app.example.com:8443', ['https://app.example.com'], false],
  ['http://app.example.com', ['https://app.example.com'], false],
  ['https://a.b.example.com', ['https://*.example.com'], true],
  ['https://example.com', ['https://*.example.com'], false],
  ['https://evilexample.com', ['https://*.example.com'], false],
  ['http://a.example.com', ['https://*.example.com'], false],
  ['https://app.example.com', [], false],
])('%s of %j: %s', (origin, allowed, expected) => expect(isAllowedOrigin(origin, allowed)).toBe(expected))

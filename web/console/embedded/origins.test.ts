import { expect, test } from 'vitest'
import { readOrigins } from './origins.ts'

test.each([
  ['', ['*'], null],
  ['*', ['*'], null],
  ['https://app.example.com/some/page?x=1', ['https://app.example.com'], null],
  [
    'https://A.example.com\n\nhttp://localhost:3000, https://a.example.com',
    ['https://a.example.com', 'http://localhost:3000'],
    null,
  ],
  ['https://*.example.com', ['https://*.example.com'], null],
  ['https://münchen.example', ['https://xn--mnchen-3ya.example'], null],
  ['app.example.com', [], 'app.example.com'],
  ['https://a.example ftp://b.example', [], 'ftp://b.example'],
  ['https://', [], 'https://'],
])('%j', (text, origins, fault) => expect(readOrigins(text)).toEqual({ origins, fault }))

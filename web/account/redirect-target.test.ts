import { expect, test } from 'vitest'
import { redirectTarget } from './redirect-target.ts'

const origin = 'https://meet.example.com'

test('a path of the console is followed inside the app', () => {
  expect(redirectTarget('/rooms?q=daily#top', origin)).toEqual({
    path: '/rooms?q=daily#top',
    isConsole: true,
  })
})

test('a room is followed by a page load', () => {
  expect(redirectTarget('/room/daily-abc?secret=1', origin)).toEqual({
    path: '/room/daily-abc?secret=1',
    isConsole: false,
  })
})

test.each([
  null,
  '',
  '/',
  '/setup?token=x',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '/\t/evil.example',
])('%j leads to the overview', (wanted) => {
  expect(redirectTarget(wanted, origin)).toEqual({ path: '/overview', isConsole: true })
})

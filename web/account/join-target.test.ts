import { expect, test } from 'vitest'
import { joinTarget } from './join-target.ts'

const origin = 'https://meet.example.com'

test.each(['abc-def-ghi', ' ABC-DEF-GHI ', 'abcdefghi', 'abc def ghi'])(
  'the code %j opens its meeting',
  (typed) => {
    expect(joinTarget(typed, origin)).toEqual({ kind: 'path', path: '/meeting/abc-def-ghi' })
  },
)

test.each([
  ['https://meet.example.com/room/daily-1?secret=ab#k', '/room/daily-1?secret=ab#k'],
  ['http://meet.example.com/meeting/abc-def-ghi', '/meeting/abc-def-ghi'],
  ['meet.example.com/meeting/abc-def-ghi', '/meeting/abc-def-ghi'],
  ['/meet/room/daily-1?secret=ab', '/meet/room/daily-1?secret=ab'],
])('the link %j is followed on this server', (typed, path) => {
  expect(joinTarget(typed, origin)).toEqual({ kind: 'path', path })
})

test('a link of another server is named as such', () => {
  expect(joinTarget('https://other.example/room/x', origin)).toEqual({
    kind: 'other-server',
    host: 'other.example',
  })
})

test.each(['daily', 'https://meet.example.com/rooms', 'javascript:alert(1)', 'ab-cd-ef', 'https://'])(
  '%j is refused',
  (typed) => {
    expect(joinTarget(typed, origin)).toEqual({ kind: 'invalid' })
  },
)

test('nothing is nothing', () => {
  expect(joinTarget('  ', origin)).toEqual({ kind: 'empty' })
})

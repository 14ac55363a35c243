import { expect, test } from 'vitest'
import { staleAfter } from './live.ts'

test('an event makes old what it may have changed, in its environment only', () => {
  expect(staleAfter('meetingStarted', 'r1', 'test')).toEqual([
    ['overview', 'test'],
    ['rooms', 'test', 'list'],
    ['rooms', 'test', 'one', 'r1'],
  ])
  expect(staleAfter('participantJoined', 'r1', 'live')).toEqual([
    ['overview', 'live'],
    ['rooms', 'live', 'one', 'r1', 'meetings'],
  ])
  expect(staleAfter('roomUpdated', null, 'live')).toEqual([
    ['overview', 'live'],
    ['rooms', 'live'],
  ])
})

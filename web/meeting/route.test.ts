import { describe, expect, it } from 'vitest'
import { parseRoute } from './route.ts'

const parse = (address: string) => parseRoute(new URL(address, 'http://localhost'))

describe('parseRoute', () => {
  it('reads a room link with its secret', () => {
    expect(parse('/room/daily-abc?secret=s%2F1')).toEqual({
      basePath: '',
      target: { kind: 'room', roomId: 'daily-abc', secret: 's/1' },
      suggestedName: null,
    })
  })

  it('keeps the base path for the API', () => {
    expect(parse('/meet/room/daily-abc/')?.basePath).toBe('/meet')
    expect(parse('/a/b/meeting/abc-def-ghi')).toMatchObject({
      basePath: '/a/b',
      target: { kind: 'code', code: 'abc-def-ghi' },
    })
  })

  it('counts an empty secret as none', () => {
    expect(parse('/room/daily?secret=&participant-name=Ana')).toEqual({
      basePath: '',
      target: { kind: 'room', roomId: 'daily', secret: null },
      suggestedName: 'Ana',
    })
  })

  it('knows no other page', () => {
    expect(parse('/rooms/daily')).toBeUndefined()
    expect(parse('/room/')).toBeUndefined()
    expect(parse('/room/%E0%A4%A')).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { parseRoute, withoutKeyInQuery } from './route.ts'

const parse = (address: string) => parseRoute(new URL(address, 'http://localhost'))

describe('parseRoute', () => {
  it('reads a room link with its secret', () => {
    expect(parse('/room/daily-abc?secret=s%2F1')).toEqual({
      basePath: '',
      target: { kind: 'room', roomId: 'daily-abc', secret: 's/1' },
      suggestedName: null,
      leaveRedirectUrl: null,
      language: null,
      e2eeKey: null,
      theme: {},
      recordings: null,
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
    expect(parse('/room/daily?secret=&participant-name=Ana')).toMatchObject({
      target: { kind: 'room', roomId: 'daily', secret: null },
      suggestedName: 'Ana',
    })
  })

  it('knows no other page', () => {
    expect(parse('/rooms/daily')).toBeUndefined()
    expect(parse('/room/')).toBeUndefined()
    expect(parse('/room/%E0%A4%A')).toBeUndefined()
  })

  it('reads what an embedding page sets', () => {
    const address =
      '/room/a?secret=s&leave-redirect-url=%2Fbye&language=de&accent=red#accent=%23f00&radius=4px'
    expect(parse(address)).toMatchObject({
      leaveRedirectUrl: '/bye',
      language: 'de',
      theme: { accent: '#f00', radius: '4px' },
    })
  })

  it('names the page of recordings that is asked for instead', () => {
    expect(parse('/meet/room/a?secret=s&show-only-recordings=true')?.recordings).toBe(
      '/meet/room/a/recordings?secret=s',
    )
    expect(parse('/room/a?secret=s&show-recording=r-1&show-only-recordings=true')?.recordings).toBe(
      '/room/a/recordings?secret=s&show-recording=r-1',
    )
    expect(parse('/room/a?secret=s&show-only-recordings=false')?.recordings).toBeNull()
  })
})

describe('the key of an encrypted room', () => {
  const moved = (address: string) => withoutKeyInQuery(new URL(address, 'http://localhost'))

  it('is read from the fragment', () => expect(parse('/room/a#e2ee-key=k%201')?.e2eeKey).toBe('k 1'))

  it('goes from the query to the fragment, with all else as it was', () => {
    expect(moved('/room/a?secret=s&e2ee-key=k%261#accent=red')).toBe(
      '/room/a?secret=s#accent=red&e2ee-key=k%261',
    )
    expect(moved('/room/a?e2ee-key=k')).toBe('/room/a#e2ee-key=k')
    expect(moved('/room/a?secret=s')).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { parseMemberToken } from './member-token.ts'

const jwt = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`

describe('parseMemberToken', () => {
  it('reads who one is and what one may', () => {
    const token = parseMemberToken(
      jwt({
        sub: 'ana-1',
        name: 'Ana 😀',
        exp: 100,
        metadata: JSON.stringify({
          iat: 40_000,
          permissions: { chatRead: true, meetingEnd: 'yes' },
          badge: 'moderator',
          livekitUrl: 'ws://localhost/livekit',
        }),
      }),
    )
    expect(token).toMatchObject({
      identity: 'ana-1',
      name: 'Ana 😀',
      lifeMs: 60_000,
      badge: 'moderator',
      livekitUrl: 'ws://localhost/livekit',
    })
    expect(token.permissions.chatRead).toBe(true)
    expect(token.permissions.meetingEnd).toBe(false)
  })

  it('reads a token that does not join', () => {
    expect(parseMemberToken(jwt({ metadata: '{"badge":"king"}' }))).toMatchObject({
      identity: null,
      livekitUrl: null,
      badge: 'other',
    })
  })

  it.each(['', 'a.b.c', 'x.%%.y'])('refuses %j', (raw) => {
    expect(() => parseMemberToken(raw)).toThrow(SyntaxError)
  })
})

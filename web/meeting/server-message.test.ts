import { describe, expect, it } from 'vitest'
import { parseServerMessage } from './server-message.ts'

const read = (value: unknown) =>
  parseServerMessage(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))

describe('parseServerMessage', () => {
  it('reads a chat message', () => {
    const message = { id: '1', number: 1, identity: 'ana', name: 'Ana', text: '<b>hi</b>', sentAt: 5 }
    const whole = { ...message, attachments: [], isOwn: false }
    expect(read({ type: 'chat.messages', messages: [message, { text: 'half' }] })).toEqual({
      type: 'chat.messages',
      messages: [whole],
    })
  })

  it('reads what a moderator asks for and has stopped, and nothing else in it', () => {
    const media = ['audio', 'everything', 'screen']
    expect(read({ type: 'meeting.asked', identity: 'ana', media, by: 'Bea' })).toEqual({
      type: 'meeting.asked',
      identity: 'ana',
      media: ['audio', 'screen'],
      by: 'Bea',
    })
    expect(read({ type: 'meeting.stopped', identity: null, media, by: 'Bea' })).toMatchObject({
      identity: null,
    })
    expect(read({ type: 'meeting.state', state: { version: 'x' } })).toBeUndefined()
  })

  it('reads a changed role, granting only what is said', () => {
    const role = read({
      type: 'meeting.role',
      identity: 'ana',
      badge: 'moderator',
      permissions: { meetingEnd: true },
    })
    expect(role).toMatchObject({ type: 'meeting.role', badge: 'moderator' })
    expect(role?.type === 'meeting.role' && role.permissions.participantKick).toBe(false)
  })

  it('reads how long a test meeting still lasts and why it ended, not a time of another clock', () => {
    expect(read({ type: 'meeting.sandbox', endsAt: 99_000, remainingMs: 42_000 })).toEqual({
      type: 'meeting.sandbox',
      remainingMs: 42_000,
    })
    expect(read({ type: 'meeting.sandbox', endsAt: 99_000 })).toBeUndefined()
    expect(read({ type: 'meeting.ended', by: null, reason: 'sandbox' })).toMatchObject({ isSandbox: true })
    expect(read({ type: 'meeting.ended', by: 'Ana' })).toMatchObject({ by: 'Ana', isSandbox: false })
  })

  it('passes over what it does not know', () => {
    expect(read('{')).toBeUndefined()
    expect(read('null')).toBeUndefined()
    expect(read({ type: 'meeting.confetti' })).toBeUndefined()
    expect(read({ type: 'meeting.sandbox' })).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { ApiError } from './api-error.ts'
import { MeetingApi } from './api.ts'

const answering = (status: number, body: unknown) => {
  const seen: { url: string; init: RequestInit }[] = []
  const api = new MeetingApi('/meet', async (input, init = {}) => {
    seen.push({ url: input as string, init })
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
  })
  return { api, seen }
}

describe('MeetingApi', () => {
  it('asks below the base path and sends the secret only where there is one', async () => {
    const { api, seen } = answering(200, { token: 't' })
    await api.token({ roomId: 'a b', secret: 's', joinMeeting: true, participantName: 'Ana' })
    await api.token({ roomId: 'a', secret: null, joinMeeting: false, previousToken: 'old' })
    expect(seen[0]?.url).toBe('/meet/internal-api/v1/rooms/a%20b/members/token')
    expect(JSON.parse(seen[0]?.init.body as string)).toEqual({
      joinMeeting: true,
      participantName: 'Ana',
      secret: 's',
    })
    expect(JSON.parse(seen[1]?.init.body as string)).toEqual({ joinMeeting: false })
    expect(seen[1]?.init.headers).toMatchObject({ 'X-Room-Member-Token': 'Bearer old' })
  })

  it('tells admitted from waiting', async () => {
    const request = { roomId: 'a', secret: 's', joinMeeting: true }
    expect(await answering(200, { token: 't', serverKey: 'k' }).api.token(request)).toEqual({
      status: 'admitted',
      token: 't',
      serverKey: 'k',
    })
    expect(await answering(202, { status: 'waiting', knockId: 'k' }).api.token(request)).toEqual({
      status: 'waiting',
      knockId: 'k',
    })
  })

  it("passes on the server's error, and one without JSON too", async () => {
    const closed = answering(409, { error: 'Room Error', message: 'Room is closed', code: 'room_closed' })
    await expect(closed.api.endMeeting('a', 't')).rejects.toMatchObject({
      status: 409,
      kind: 'Room Error',
      code: 'room_closed',
      message: 'Room is closed',
    })
    await expect(answering(502, '<html>').api.endMeeting('a', 't')).rejects.toMatchObject({
      status: 502,
      kind: '',
    })
  })

  it('counts no answer as status 0', async () => {
    const api = new MeetingApi('', () => Promise.reject(new TypeError('Failed to fetch')))
    const error: unknown = await api.resolveCode('abc').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 0 })
  })

  it('reads a room, with and without the link to share', async () => {
    const anonymous = { speaker: { enabled: true, url: 'http://h/room/a?secret=s' } }
    const shared = answering(200, { roomName: 'Daily', status: 'active_meeting', access: { anonymous } })
    expect(await shared.api.room('a', 't')).toEqual({
      roomName: 'Daily',
      status: 'active_meeting',
      isChatEnabled: true,
      isRecordingEnabled: true,
      inviteUrl: 'http://h/room/a?secret=s',
    })
    const plain = answering(200, { roomName: 'Daily', status: 'open', config: { chat: { enabled: false } } })
    expect(await plain.api.room('a', 't')).toMatchObject({ isChatEnabled: false, inviteUrl: null })
  })
})

import createClient from 'openapi-fetch'
import type { paths } from './parley.d.ts'

const { PARLEY_URL = '', PARLEY_KEY = '' } = process.env
const client = createClient<paths>({ baseUrl: PARLEY_URL, headers: { 'X-API-KEY': PARLEY_KEY } })

const [, , step = '', roomId = ''] = process.argv
if (step === 'make') {
  const { data: key } = await client.POST('/api/v1/keys', {
    body: { name: 'From TypeScript', permissions: ['read', 'write'] },
  })
  if (key?.key === undefined) throw new Error('no key')
  const own = createClient<paths>({ baseUrl: PARLEY_URL, headers: { 'X-API-KEY': key.key } })
  const { data: room, response } = await own.POST('/api/v1/rooms', { body: { roomName: 'From TypeScript' } })
  if (response.status !== 201 || room?.access === undefined) throw new Error('no room')
  const { data: entry } = await own.POST('/web_call/get_token', {
    body: { room_name: 'From TypeScript', participant_name: 'Ada' },
  })
  const { error } = await own.GET('/api/v1/keys')
  console.log(
    JSON.stringify({
      roomId: room.roomId,
      link: room.access.anonymous.moderator.url,
      token: entry?.data.token,
      refused: error?.code,
    }),
  )
} else {
  const { data: room } = await client.GET('/api/v1/rooms/{roomId}', { params: { path: { roomId } } })
  const { data: history } = await client.GET('/api/v1/rooms/{roomId}/meetings', {
    params: { path: { roomId } },
  })
  const people = history?.meetings[0]?.participants.map((participant) => participant.name)
  console.log(JSON.stringify({ status: room?.status, people }))
}

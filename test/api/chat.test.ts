import { dispose } from '@livekit/rtc-node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { askToken, type Bot, browserOf, connect, join, secretOf } from '../support/bots.ts'
import { holdEvents } from '../support/held-events.ts'
import { eventually, startParley, TestClock, type TestParley } from '../support/parley.ts'
import { createRoom } from '../support/rooms.ts'
import type { RoomAnswer } from '../support/site.ts'

let parley: TestParley
const clock = new TestClock()
beforeAll(async () => {
  parley = await startParley({ clock })
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(async () => {
  await parley.stop()
  await dispose()
})

const base = (room: RoomAnswer) => `/internal-api/v1/meetings/${room.roomId}`
const post = (room: RoomAnswer, bot: Bot, body: object) =>
  parley.call(`POST ${base(room)}/messages`, { token: bot.token, body })
const list = async (room: RoomAnswer, bot: Bot, query = '') =>
  (await parley.call(`GET ${base(room)}/messages${query}`, { token: bot.token })).body
const texts = async (room: RoomAnswer, bot: Bot) =>
  ((await list(room, bot)).messages as { text: string }[]).map(({ text }) => text)
const upload = async (room: RoomAnswer, bot: Bot, name: string, bytes: Uint8Array<ArrayBuffer> | string) => {
  const response = await fetch(`${parley.url}${base(room)}/attachments?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'X-Room-Member-Token': `Bearer ${bot.token}`, 'Content-Type': 'application/octet-stream' },
    body: bytes,
  })
  return { status: response.status, body: await response.json() }
}
const download = (room: RoomAnswer, bot: Bot, id: string) =>
  fetch(`${parley.url}${base(room)}/attachments/${id}`, {
    headers: { 'X-Room-Member-Token': `Bearer ${bot.token}` },
  })

/** Joins, and may write: the server has heard of it. */
const enter = async (room: RoomAnswer, name: string, url = room.speakerUrl) => {
  const bot = await join(parley, url, name)
  await eventually(
    `${name} being in`,
    () => parley.call(`GET ${base(room)}/participants`, { token: bot.token }),
    ({ body }) => body.participants?.some((one: { identity: string }) => one.identity === bot.identity),
  )
  return bot
}
const untilEnded = (room: RoomAnswer) =>
  eventually(
    'the meeting’s end',
    () => parley.call(`GET /api/v1/rooms/${room.roomId}`),
    ({ body }) => body.status === 'open',
  )
const arrived = (bot: Bot) =>
  bot.told.flatMap(({ type, messages }) => (type === 'chat.messages' ? (messages as { text: string }[]) : []))

const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
)

describe('a message', () => {
  it('reaches everybody as text, is there for who comes later, and only from who is in', async () => {
    const room = await createRoom(parley)
    const ana = await enter(room, 'Ana', room.moderatorUrl)
    const sent = await post(room, ana, { text: '<b>Hello</b> 👋' })
    expect(sent).toMatchObject({
      status: 201,
      body: { number: 1, identity: ana.identity, name: 'Ana', text: '<b>Hello</b> 👋', attachments: [] },
    })
    await eventually(
      'the message arriving',
      async () => arrived(ana),
      (messages) => messages.length === 1,
    )
    const ben = await enter(room, 'Ben')
    expect((await list(room, ben)).messages).toEqual([{ ...sent.body, isOwn: false }])
    expect((await post(room, ana, { text: '   ' })).status).toBe(400)
    expect((await post(room, ana, { text: 'x'.repeat(4001) })).status).toBe(400)
    const outside = await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })
    for (const route of [`POST ${base(room)}/messages`, `GET ${base(room)}/messages`])
      expect(
        (
          await parley.call(route, {
            token: outside.body.token,
            ...(route.startsWith('POST') && { body: { text: 'from outside' } }),
          })
        ).status,
      ).toBe(404)
    await Promise.all([ana.leave(), ben.leave()])
  })

  it('is one of a row without a gap, in pages forwards and backwards', async () => {
    const room = await createRoom(parley)
    const [ana, ben] = [await enter(room, 'Ana'), await enter(room, 'Ben')]
    const sent = await Promise.all(
      Array.from({ length: 30 }, (_, i) => post(room, i % 2 === 0 ? ana : ben, { text: `message ${i}` })),
    )
    const numbers = sent.map(({ body }) => body.number as number).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    const newest = await list(room, ana, '?limit=10')
    expect(newest.hasMore).toBe(true)
    expect(newest.messages.map(({ number }: { number: number }) => number)).toEqual(numbers.slice(20))
    const before = await list(room, ana, '?limit=25&before=21')
    expect(before.hasMore).toBe(false)
    expect(before.messages.map(({ number }: { number: number }) => number)).toEqual(numbers.slice(0, 20))
    const after = await list(room, ana, '?limit=10&after=3')
    expect(after.hasMore).toBe(true)
    expect(after.messages.map(({ number }: { number: number }) => number)).toEqual(numbers.slice(3, 13))
    await Promise.all([ana.leave(), ben.leave()])
  })

  it('too long for one packet is announced and fetched', async () => {
    const room = await createRoom(parley)
    const ana = await enter(room, 'Ana')
    const text = '👩‍👩‍👧‍👦'.repeat(360)
    const { status, body } = await post(room, ana, { text })
    expect(status).toBe(201)
    await post(room, ana, { text: 'after it' })
    await eventually(
      'the short one',
      async () => arrived(ana),
      (messages) => messages.length > 0,
    )
    const long = (await list(room, ana, `?after=${body.number - 1}&limit=1`)).messages[0]
    expect(long.text).toBe(text)
    await ana.leave()
  })

  it('is deleted by who wrote it, also after a reload, by a moderator, and by nobody else', async () => {
    const room = await createRoom(parley)
    const ana = await enter(room, 'Ana', room.moderatorUrl)
    const asked = await askToken(parley, room.roomId, {
      secret: secretOf(room.speakerUrl),
      joinMeeting: true,
      participantName: 'Ben',
    })
    const ben = await connect(parley, asked.body.token)
    const carla = await enter(room, 'Carla')
    const first = await eventually(
      'Ben’s first message',
      () => post(room, ben, { text: 'first' }),
      ({ status }) => status === 201,
    )
    const second = await post(room, ben, { text: 'second' })
    const remove = (bot: Bot, id: string) =>
      parley.call(`DELETE ${base(room)}/messages/${id}`, { token: bot.token })
    expect((await remove(carla, first.body.id)).status).toBe(403)
    await ben.leave()
    const again = await askToken(
      parley,
      room.roomId,
      { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Ben' },
      { cookie: browserOf(asked) },
    )
    const back = await connect(parley, again.body.token)
    expect(back.identity).not.toBe(ben.identity)
    await eventually(
      'Ben’s own messages',
      () => list(room, back),
      ({ messages }) => messages?.every((message: { isOwn: boolean }) => message.isOwn),
    )
    await eventually(
      'Ben deleting his own',
      () => remove(back, first.body.id),
      ({ status }) => status === 204,
    )
    expect(await texts(room, ana)).toEqual(['second'])
    expect((await remove(ana, second.body.id)).status).toBe(204)
    expect((await remove(ana, second.body.id)).status).toBe(404)
    expect(await texts(room, ana)).toEqual([])
    await eventually(
      'everybody being told',
      async () => carla.told.filter(({ type }) => type === 'chat.deleted'),
      (messages) => messages.length === 2,
    )
    await Promise.all([ana.leave(), back.leave(), carla.leave()])
  })
})

describe('history', () => {
  it.each([
    ['keep', ['said'], ['said', 'said again']],
    ['meeting', ['said'], ['said again']],
    ['none', [], []],
  ] as const)(
    '“%s” gives late comers, and the next meeting, what it says',
    async (chatHistory, now, next) => {
      const room = await createRoom(parley, { settings: { chatHistory } })
      const ana = await enter(room, 'Ana')
      expect((await post(room, ana, { text: 'said' })).status).toBe(201)
      const ben = await enter(room, 'Ben')
      expect(await texts(room, ben)).toEqual(now)
      await eventually(
        'the message live',
        async () => arrived(ana),
        (messages) => messages.length === 1,
      )
      await Promise.all([ana.leave(), ben.leave()])
      await untilEnded(room)
      const rows = await parley.ctx.database.db
        .selectFrom('chatMessage')
        .select('text')
        .where('roomId', '=', room.roomId)
        .execute()
      expect(rows.map(({ text }) => text)).toEqual(chatHistory === 'keep' ? ['said'] : [])
      const carla = await enter(room, 'Carla')
      await post(room, carla, { text: 'said again' })
      expect(await texts(room, carla)).toEqual(next)
      await carla.leave()
    },
  )

  it('of a chat that is switched off is nothing, and nobody writes in it', async () => {
    const room = await createRoom(parley, { config: { chat: { enabled: false } } })
    const ana = await enter(room, 'Ana')
    expect(await post(room, ana, { text: 'x' })).toMatchObject({
      status: 403,
      body: { code: 'chat_disabled' },
    })
    expect((await parley.call(`GET ${base(room)}/messages`, { token: ana.token })).status).toBe(403)
    await ana.leave()
  })
})

describe('attachments', () => {
  it('come with their message, are served to be saved, and are nobody else’s before', async () => {
    const room = await createRoom(parley)
    const [ana, ben] = [await enter(room, 'Ana'), await enter(room, 'Ben')]
    const image = await upload(room, ana, 'C:\\pictures\\été \u202Egnp.exe.png', PNG)
    expect(image).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^file_/),
        name: 'été gnp.exe.png',
        type: 'image/png',
        sizeBytes: PNG.length,
      },
    })
    const page = await upload(room, ana, 'page.html', '<script>alert(1)</script>')
    const drawing = await upload(room, ana, 'a.svg', '<svg onload="alert(1)"/>')
    expect([page.body.type, drawing.body.type]).toEqual([
      'application/octet-stream',
      'application/octet-stream',
    ])
    const ids = [image.body.id, page.body.id]
    expect((await download(room, ben, image.body.id)).status).toBe(404)
    expect((await post(room, ben, { attachmentIds: ids })).body).toMatchObject({
      code: 'attachment_not_found',
    })
    const sent = await post(room, ana, { attachmentIds: ids })
    expect(sent.status).toBe(201)
    expect(sent.body.attachments).toEqual([image.body, page.body])
    expect((await list(room, ben)).messages[0].attachments).toEqual([image.body, page.body])
    // Sent once, it does not go with a second message.
    expect((await post(room, ana, { attachmentIds: ids })).status).toBe(404)

    const got = await download(room, ben, image.body.id)
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(PNG))).toBe(true)
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'content-disposition':
        'attachment; filename="_t_ gnp.exe.png"; filename*=UTF-8\'\'%C3%A9t%C3%A9%20gnp.exe.png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'private, no-store',
    })
    const html = await download(room, ben, page.body.id)
    expect(html.headers.get('content-type')).toBe('application/octet-stream')
    await html.text()
    const outside = await askToken(parley, room.roomId, { secret: secretOf(room.speakerUrl) })
    expect((await download(room, { ...ben, token: outside.body.token }, image.body.id)).status).toBe(404)
    const elsewhere = await enter(await createRoom(parley), 'Eve')
    expect((await download(room, elsewhere, image.body.id)).status).toBe(403)
    await Promise.all([ana.leave(), ben.leave(), elsewhere.leave()])
  })

  it('are taken from who is connected before LiveKit has told of it, and from nobody who is not', async () => {
    const events = holdEvents(parley)
    const room = await createRoom(parley)
    const [ana, ben] = [
      await join(parley, room.speakerUrl, 'Ana'),
      await join(parley, room.speakerUrl, 'Ben'),
    ]
    const image = await upload(room, ana, 'a.png', PNG)
    expect(image.status).toBe(201)
    const sent = await post(room, ana, { attachmentIds: [image.body.id] })
    expect(sent).toMatchObject({ status: 201, body: { attachments: [image.body] } })
    const got = await download(room, ben, image.body.id)
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(PNG))).toBe(true)
    // Ben's first act, too: he has done nothing that told of him.
    expect((await upload(room, ben, 'b.png', PNG)).status).toBe(201)

    const way = { secret: secretOf(room.speakerUrl), joinMeeting: true, participantName: 'Carla' }
    const { token } = (await askToken(parley, room.roomId, way)).body
    expect(await upload(room, { ...ben, token }, 'c.png', PNG)).toMatchObject({
      status: 404,
      body: { code: 'participant_not_found' },
    })

    await events.until(2, 'participant_joined')
    await events.letThrough()
    expect((await list(room, ben)).messages).toEqual([{ ...sent.body, isOwn: false }])
    await Promise.all([ana.leave(), ben.leave()])
  })

  it('over 25 MB are refused, announced or not, and leave nothing behind', async () => {
    const room = await createRoom(parley)
    const ana = await enter(room, 'Ana')
    const bytes = new Uint8Array(25 * 1024 * 1024 + 1)
    expect(await upload(room, ana, 'big', bytes)).toMatchObject({
      status: 413,
      body: { code: 'attachment_too_large' },
    })
    // In chunks nobody says beforehand how long it gets.
    const chunk = new Uint8Array(1024 * 1024)
    let chunks = 0
    const stream = new ReadableStream({
      pull: (controller) => (chunks++ < 27 ? controller.enqueue(chunk) : controller.close()),
    })
    const request = {
      method: 'POST',
      headers: { 'X-Room-Member-Token': `Bearer ${ana.token}` },
      body: stream,
      duplex: 'half',
    } as RequestInit
    // The server may close the connection before all was sent.
    const status = await fetch(`${parley.url}${base(room)}/attachments?name=big`, request).then(
      (response) => response.status,
      () => 413,
    )
    expect(status).toBe(413)
    const rows = await parley.ctx.database.db
      .selectFrom('attachment')
      .select('id')
      .where('roomId', '=', room.roomId)
      .execute()
    expect(rows).toEqual([])
    for await (const file of parley.ctx.storage.list(`attachments/${room.roomId}`))
      throw new Error(`${file.key} was left behind`)
    await ana.leave()
  })

  it('are refused where the room takes none, or the chat is locked', async () => {
    const room = await createRoom(parley, { settings: { attachments: false } })
    const ana = await enter(room, 'Ana')
    expect((await upload(room, ana, 'a', 'a')).body).toMatchObject({ code: 'attachments_disabled' })
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, {
      body: { attachments: true, locks: { chat: true } },
    })
    expect((await upload(room, ana, 'a', 'a')).body).toMatchObject({ code: 'chat_locked' })
    await ana.leave()
  })

  it('are deleted with their message, their meeting or their room, and when they are never sent', async () => {
    const room = await createRoom(parley, { settings: { chatHistory: 'keep' } })
    const ana = await enter(room, 'Ana')
    const files: string[] = []
    for (const name of ['deleted', 'kept', 'never sent'])
      files.push((await upload(room, ana, name, name)).body.id as string)
    const [deleted = '', kept = ''] = files
    const first = await post(room, ana, { attachmentIds: [deleted] })
    await post(room, ana, { attachmentIds: [kept] })
    const stored = async () => {
      await parley.ctx.attachments.clean()
      const keys = []
      for await (const { key } of parley.ctx.storage.list(`attachments/${room.roomId}`))
        keys.push(files.indexOf(key.split('/').at(-1) ?? ''))
      return keys.sort()
    }
    expect(await stored()).toEqual([0, 1, 2])
    await parley.call(`DELETE ${base(room)}/messages/${first.body.id}`, { token: ana.token })
    expect((await download(room, ana, deleted)).status).toBe(404)
    expect(await stored()).toEqual([1, 2])
    clock.advance(3_600_001)
    expect(await stored()).toEqual([1])
    await ana.leave()
    await untilEnded(room)
    expect(await stored()).toEqual([1])
    await parley.call(`DELETE /api/v1/rooms/${room.roomId}`)
    expect(await stored()).toEqual([])
  })
})

describe('floods', () => {
  it('of messages and reactions are counted for each participant', async () => {
    const limited = await startParley({ env: { RATE_LIMITS: '{}' } })
    try {
      const room = await createRoom(limited)
      const [ana, ben] = [
        await join(limited, room.speakerUrl, 'Ana'),
        await join(limited, room.speakerUrl, 'Ben'),
      ]
      const send = (bot: Bot, path: string, body: object) =>
        limited.call(`POST ${base(room)}/${path}`, { token: bot.token, body })
      await eventually(
        'Ben being in',
        () => send(ben, 'messages', { text: 'in' }),
        ({ status }) => status === 201,
      )
      const statuses = []
      for (let i = 0; i < 40; i++) statuses.push((await send(ana, 'messages', { text: `${i}` })).status)
      expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
      expect(statuses.filter((status) => status !== 429).length).toBeLessThanOrEqual(60)
      const last = await send(ana, 'messages', { text: 'more' })
      if (last.status === 429) expect(Number(last.headers.get('retry-after'))).toBeLessThanOrEqual(10)
      expect((await send(ben, 'messages', { text: 'still heard' })).status).toBe(201)
      const reactions = []
      for (let i = 0; i < 25; i++) reactions.push((await send(ana, 'reactions', { reaction: 'like' })).status)
      expect(reactions).toContain(429)
      await Promise.all([ana.leave(), ben.leave()])
    } finally {
      await limited.stop()
    }
  })
})

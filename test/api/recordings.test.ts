import { dispose } from '@livekit/rtc-node'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { askToken, type Bot, claimsOf, join, publish, secretOf } from '../support/bots.ts'
import { probe } from '../support/media.ts'
import { API_KEY, eventually, startParley, type TestParley } from '../support/parley.ts'
import { Receiver, signatureFaults } from '../support/receiver.ts'

let parley: TestParley
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'parley-recordings-'))
  parley = await startParley({ env: { RECORDING_CONCURRENCY: '3' } })
})
afterAll(async () => {
  await parley.stop()
  await rm(dir, { recursive: true, force: true })
  await dispose()
})

const create = async (body: object = {}) => (await parley.call('POST /api/v1/rooms', { body })).body
const tokenOf = async (url: string) =>
  (await askToken(parley, url.split('/room/')[1]?.split('?')[0] ?? '', { secret: secretOf(url) })).body.token
const start = (roomId: unknown, rest: object = {}) =>
  parley.call('POST /api/v1/recordings', { body: { roomId, ...rest } })
const stop = (id: string) => parley.call(`POST /api/v1/recordings/${id}/stop`)
const get = (id: string) => parley.call(`GET /api/v1/recordings/${id}`)
const untilFinished = async (id: string) =>
  (
    await eventually(
      `recording ${id} ending`,
      () => get(id),
      ({ body }) => !['starting', 'active', 'ending'].includes(body.status),
      30_000,
    )
  ).body
/** One that a failed test left running would take a place from the next. */
afterEach(async () => {
  const running = await parley.ctx.database.db
    .selectFrom('recording')
    .select('recordingId')
    .where('status', 'in', ['starting', 'active', 'ending'])
    .where('driver', '=', 'builtin')
    .where('holder', 'is not', null)
    .execute()
  for (const { recordingId } of running) {
    await stop(recordingId)
    await untilFinished(recordingId)
  }
}, 60_000)

const events = async (roomId: string) =>
  (
    await parley.ctx.database.db
      .selectFrom('outbox')
      .select(['event', 'payload'])
      .where('roomId', '=', roomId)
      .where('event', 'like', 'recording%')
      .orderBy('seq')
      .execute()
  ).map(({ event, payload }) => ({ event, data: JSON.parse(payload).data }))

/** A finished recording on record, with a real little file, made without a recorder. */
async function fixture(room: { roomId: string; roomName: string }, change: object = {}) {
  const uid = Math.random().toString(36).slice(2, 12).padEnd(10, '0')
  const recordingId = `${room.roomId}--EG_fixture00000--${uid}`
  const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251))
  const mediaKey = `recordings/${recordingId}.mp4`
  await parley.ctx.storage.put(mediaKey, Readable.from([content]))
  const { orgId } = await parley.ctx.database.db
    .selectFrom('room')
    .select('orgId')
    .where('roomId', '=', room.roomId)
    .executeTakeFirstOrThrow()
  await parley.ctx.database.db
    .insertInto('recording')
    .values({
      recordingId,
      orgId,
      environment: 'live',
      roomId: room.roomId,
      roomName: room.roomName,
      status: 'complete',
      filename: `${room.roomId}--${uid}.mp4`,
      layout: 'grid',
      encoding: '"H264_720P_30"',
      startedAt: Date.now() - 10_000,
      endedAt: Date.now(),
      durationMs: 10_000,
      sizeBytes: content.length,
      details: 'Stopped',
      errorCode: null,
      error: null,
      publicSecret: '0123456789',
      privateSecret: '9876543210',
      updatedAt: Date.now(),
      driver: 'builtin',
      egressId: null,
      holder: null,
      leaseUntil: null,
      activeAt: Date.now() - 10_000,
      stopReason: null,
      title: null,
      startedByName: null,
      startedByIdentity: null,
      mediaKey,
      thumbnailKey: null,
      ...change,
    })
    .execute()
  return { recordingId, content, mediaKey }
}

const bytesOf = async (target: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(parley.url + target, { headers: { 'X-API-KEY': API_KEY, ...headers } })
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}

describe('a recording', () => {
  it('is made by a recorder that nobody sees, tells of its four steps, and ends with the meeting', async () => {
    const receiver = await Receiver.start()
    const { body: webhook } = await parley.call('POST /api/v1/webhooks', {
      body: { url: receiver.url, events: ['recordingStarted', 'recordingUpdated', 'recordingEnded'] },
    })
    const room = await create({ roomName: 'Recorded' })
    const bot = await join(parley, room.moderatorUrl, 'Ana')
    const [first, ...others] = await Promise.all([
      start(room.roomId),
      start(room.roomId),
      start(room.roomId),
    ]).then((answers) => answers.sort((a, b) => a.status - b.status))
    expect(first).toMatchObject({
      status: 201,
      body: { status: 'active', layout: 'grid', encoding: 'H264_720P_30', roomName: 'Recorded' },
    })
    expect(first?.body).not.toHaveProperty('duration')
    expect(first?.headers.get('location')).toBe(`${parley.url}/api/v1/recordings/${first?.body.recordingId}`)
    for (const other of others) {
      expect(other.status).toBe(409)
      expect(other.body.message).toContain('already')
    }
    const recordingId = String(first?.body.recordingId)

    // Neither LiveKit's clients nor our lists see it, and it is told to the page of who comes later.
    expect([...bot.room.remoteParticipants.keys()]).toEqual([])
    const { body: people } = await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/participants`, {
      token: bot.token,
    })
    expect(JSON.stringify(people)).not.toContain('recorder')
    const { body: state } = await parley.call(`GET /internal-api/v1/meetings/${room.roomId}/recording`, {
      token: bot.token,
    })
    expect(state).toMatchObject({
      recording: { recordingId, status: 'active', startedBy: 'INITIAL_API_KEY' },
      consent: null,
    })
    const wasTold = expect.objectContaining({
      type: 'recording.state',
      recording: expect.objectContaining({ recordingId, status: 'active' }),
    }) as unknown
    await vi.waitFor(() => expect(bot.told).toContainEqual(wasTold), 5000)

    expect((await parley.call(`DELETE /api/v1/recordings/${recordingId}`)).body.message).toBe(
      `Recording '${recordingId}' is not stopped yet`,
    )
    expect((await parley.call(`GET /api/v1/recordings/${recordingId}/media`)).body.message).toBe(
      `Recording '${recordingId}' is not streamable`,
    )
    await new Promise((resolve) => setTimeout(resolve, 3000))
    // The recorder is no reason for the meeting to go on.
    await bot.leave()
    const finished = await untilFinished(recordingId)
    expect(finished).toMatchObject({ status: 'complete', details: 'The meeting ended' })
    expect(finished.endDate).toBeGreaterThanOrEqual(finished.startDate)
    expect(Math.abs((finished.endDate - finished.startDate) / 1000 - finished.duration)).toBeLessThan(5)
    const told = await events(room.roomId)
    expect(told.map(({ event, data }) => `${event} ${data.status}`)).toEqual([
      'recordingStarted starting',
      'recordingUpdated active',
      'recordingUpdated ending',
      'recordingEnded complete',
    ])
    expect(told.at(-1)?.data).toEqual(finished)
    await eventually(
      'all of it at a receiver',
      async () => receiver.received.length,
      (count) => count >= told.length,
    )
    expect(receiver.received.map(({ body }) => ({ event: body.event, data: body.data }))).toEqual(told)
    for (const received of receiver.received) expect(signatureFaults(received, webhook.secret)).toEqual([])
    await parley.call(`DELETE /api/v1/webhooks/${webhook.id}`)
    await receiver.stop()
    const { bytes } = await bytesOf(`/api/v1/recordings/${recordingId}/media`)
    expect(bytes.length).toBe(finished.size)
    await writeFile(path.join(dir, 'recorded.mp4'), bytes)
    const found = await probe(path.join(dir, 'recorded.mp4'))
    expect(found.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 })
    expect(Math.abs(found.durationSeconds - finished.duration)).toBeLessThan(0.2)
    const picture = await bytesOf(`/internal-api/v1/recordings/${recordingId}/thumbnail`)
    expect(picture.headers.get('content-type')).toBe('image/jpeg')
    expect(picture.bytes.subarray(0, 2).toString('hex')).toBe('ffd8')
  }, 60_000)

  it('is stopped by who may, once; a participant without the right may not', async () => {
    const room = await create()
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const bruno = await join(parley, room.speakerUrl, 'Bruno')
    const asBruno = await parley.call('POST /api/v1/recordings', {
      token: bruno.token,
      body: { roomId: room.roomId },
    })
    expect(asBruno).toMatchObject({ status: 403, body: { error: 'Authorization Error' } })
    const { status, body } = await parley.call('POST /api/v1/recordings', {
      token: ana.token,
      body: { roomId: room.roomId, config: { layout: 'speaker', encoding: 'PORTRAIT_H264_720P_30' } },
    })
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { layout: 'speaker', encoding: 'PORTRAIT_H264_720P_30', startedBy: 'Ana' },
    })
    const id = body.recordingId as string

    const consent = (token: string, answer: string) =>
      parley.call(`PUT /internal-api/v1/meetings/${room.roomId}/recording/consent`, {
        token,
        body: { answer },
      })
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, {
      body: { recordingConsentText: 'May we record this?' },
    })
    expect(await consent(bruno.token, 'declined')).toMatchObject({
      status: 200,
      body: { consent: 'declined', consentText: 'May we record this?' },
    })
    expect((await consent(bruno.token, 'agreed')).body.consent).toBe('agreed')
    const log = await parley.call(`GET /internal-api/v1/recordings/${id}/consents`)
    expect(log.body.consents).toEqual([
      expect.objectContaining({ name: 'Bruno', answer: 'agreed', text: 'May we record this?' }),
    ])

    expect((await parley.call(`POST /api/v1/recordings/${id}/stop`, { token: bruno.token })).status).toBe(403)
    const stopped = await parley.call(`POST /api/v1/recordings/${id}/stop`, { token: ana.token })
    expect(stopped.status).toBe(202)
    expect(stopped.headers.get('location')).toContain(`/api/v1/recordings/${id}`)
    expect(typeof stopped.body.duration).toBe('number')
    const again = await stop(id)
    expect(again).toMatchObject({ status: 409, body: { message: `Recording '${id}' is already stopped` } })
    const finished = await untilFinished(id)
    expect(finished.details).toBe('Stopped by Ana')
    // Whoever LiveKit believes to be there for longer puts off the end of the meeting.
    await eventually(
      'the recorder having left',
      async () =>
        (await parley.ctx.livekit.listParticipants(room.roomId)).map(({ identity }) => identity).toSorted(),
      (identities) => identities.join() === [ana.identity, bruno.identity].toSorted().join(),
      5000,
    )
    const { bytes } = await bytesOf(`/api/v1/recordings/${id}/media`)
    await writeFile(path.join(dir, 'portrait.mp4'), bytes)
    expect((await probe(path.join(dir, 'portrait.mp4'))).video).toMatchObject({ width: 720, height: 1280 })
    await Promise.all([ana.leave(), bruno.leave()])
  }, 60_000)
})

describe('several rooms', () => {
  it('are recorded at once; beyond RECORDING_CONCURRENCY a start is refused', async () => {
    const rooms = await Promise.all([1, 2, 3, 4].map(() => create({ roomName: 'Side by side' })))
    const bots = await Promise.all(rooms.map((room) => join(parley, room.moderatorUrl, 'Ana')))
    // One that has just ended with its meeting, in which nobody is left to be told, takes no place.
    const over = await create()
    await join(parley, over.moderatorUrl, 'Ana')
    const { recordingId } = (await start(over.roomId)).body
    await parley.ctx.livekit.endRoom(over.roomId)
    await untilFinished(recordingId)
    const answers = await Promise.all(rooms.map((room) => start(room.roomId)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 503])
    expect(answers.find(({ status }) => status === 503)?.body).toMatchObject({
      error: 'Recording Error',
      code: 'recording_capacity',
    })
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.recordingId as string)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    expect((await Promise.all(ids.map(stop))).map(({ status }) => status)).toEqual([202, 202, 202])
    for (const id of ids) expect(await untilFinished(id)).toMatchObject({ status: 'complete' })
    await Promise.all(bots.map((bot) => bot.leave()))
  }, 60_000)
})

describe('who declines to be recorded', () => {
  it('is not heard or seen until it has ended, whatever their client does', async () => {
    const room = await create({ roomName: 'Consent' })
    const ana = await join(parley, room.moderatorUrl, 'Ana')
    const bruno = await join(parley, room.speakerUrl, 'Bruno')
    const consent = (bot: Bot, answer: string) =>
      parley.call(`PUT /internal-api/v1/meetings/${room.roomId}/recording/consent`, {
        token: bot.token,
        body: { answer },
      })
    expect((await consent(bruno, 'declined')).status).toBe(409)
    await publish(bruno, 'microphone')
    await publish(bruno, 'camera')
    const id = (await start(room.roomId)).body.recordingId as string
    const sent = async (bot: Bot) =>
      (await parley.ctx.livekit.listParticipants(room.roomId)).find((one) => one.identity === bot.identity)
    await eventually(
      'both being sent',
      () => sent(bruno),
      (one) => one?.tracks.length === 2,
    )

    expect((await consent(bruno, 'declined')).status).toBe(200)
    const muted = await eventually(
      'what Bruno sends being taken off',
      () => sent(bruno),
      (one) => one?.tracks.length === 0,
    )
    expect(muted?.permission).toMatchObject({ canPublish: false, canPublishData: true })
    // A forged client tries all the same.
    await Promise.race([
      publish(bruno, 'microphone').catch(() => null),
      new Promise((resolve) => setTimeout(resolve, 2000)),
    ])
    expect((await sent(bruno))?.tracks).toEqual([])
    // Neither a fresh token nor a moderator's doing gives it back.
    const refreshed = await parley.call(`POST /internal-api/v1/rooms/${room.roomId}/members/token/refresh`, {
      token: bruno.token,
      body: {},
    })
    expect(claimsOf(refreshed.body.token).video).toMatchObject({ canPublish: false })
    for (const action of ['upgrade', 'downgrade'])
      await parley.call(`PUT /internal-api/v1/meetings/${room.roomId}/participants/${bruno.identity}/role`, {
        token: ana.token,
        body: { action },
      })
    await parley.call(`PUT /api/v1/rooms/${room.roomId}/settings`, {
      body: { locks: { screen: true } },
    })
    await parley.ctx.meetings.reconcile()
    expect((await sent(bruno))?.permission).toMatchObject({ canPublish: false })

    // They may think better of it, and worse.
    await consent(bruno, 'agreed')
    await eventually(
      'Bruno being let speak',
      () => sent(bruno),
      (one) => one?.permission?.canPublish === true,
    )
    await consent(bruno, 'declined')
    expect((await sent(bruno))?.permission).toMatchObject({ canPublish: false })
    expect((await sent(ana))?.permission).toMatchObject({ canPublish: true })

    await stop(id)
    await untilFinished(id)
    await eventually(
      'Bruno being let speak after the recording',
      () => sent(bruno),
      (one) => one?.permission?.canPublish === true,
    )
    const log = await parley.call(`GET /internal-api/v1/recordings/${id}/consents`)
    expect(log.body.consents).toEqual([expect.objectContaining({ name: 'Bruno', answer: 'declined' })])
    await Promise.all([ana.leave(), bruno.leave()])
  }, 60_000)
})

describe('a start is refused', () => {
  it.each([
    [undefined, 'Required'],
    [5, 'Expected string'],
    ['', 'is required and cannot be empty'],
    ['!!', 'cannot be empty after sanitization'],
    ['x'.repeat(101), 'cannot exceed 100 characters'],
  ])('for the room id %j', async (roomId, message) => {
    const { status, body } = await start(roomId)
    expect(status).toBe(422)
    expect(body.details.map((one: { message: string }) => one.message).join()).toContain(message)
    expect(body.details[0].field).toBe('roomId')
  })

  it('for an unknown room, with exactly two fields', async () => {
    const { status, body } = await start('nothing')
    expect(status).toBe(404)
    expect(body).toEqual({ error: 'Room Error', message: "Room 'nothing' does not exist" })
  })

  it('where recording is switched off or ruled out by encryption, before rights are looked at', async () => {
    for (const config of [{ recording: { enabled: false } }, { e2ee: { enabled: true } }]) {
      const room = await create({ config })
      const token = await tokenOf(room.speakerUrl)
      const body = { roomId: room.roomId }
      expect(await parley.call('POST /api/v1/recordings', { token, body })).toMatchObject({
        status: 403,
        body: {
          error: 'Recording Error',
          message: `Recording is disabled for room '${room.roomId}'`,
        },
      })
    }
  })

  it('where nobody is, and for users of the console', async () => {
    const room = await create()
    expect(await start(room.roomId)).toMatchObject({
      status: 409,
      body: { message: `Room '${room.roomId}' has no participants` },
    })
    const cookie = await parley.signIn()
    expect(
      (await parley.call('POST /api/v1/recordings', { cookie, body: { roomId: room.roomId } })).status,
    ).toBe(401)
  })

  it('where the browser cannot be started, with a reason for everybody and none of its log', async () => {
    const broken = await startParley({ env: { CHROMIUM_BIN: '/bin/false' } })
    try {
      const { body: room } = await broken.call('POST /api/v1/rooms', { body: {} })
      const bot = await join(broken, room.moderatorUrl, 'Ana')
      const { status, body } = await broken.call('POST /api/v1/recordings', { body: { roomId: room.roomId } })
      expect({ status, body }).toMatchObject({ status: 500, body: { error: 'Internal Server Error' } })
      const { recordings } = (await broken.call(`GET /api/v1/recordings?roomId=${room.roomId}`)).body
      const reason = 'The recorder did not start: Chromium could not be started'
      expect(recordings).toMatchObject([{ status: 'failed', errorCode: 500, error: reason, details: reason }])
      await bot.leave()
    } finally {
      await broken.stop()
    }
  })

  it('for an encoding that is none, at its field', async () => {
    const room = await create()
    const { body } = await start(room.roomId, { config: { encoding: 'H264_8K' } })
    expect(body.details[0]).toMatchObject({ field: 'config.encoding' })
    expect(body.details[0].message).toContain('Invalid encoding preset')
  })
})

describe('media', () => {
  it('comes whole, in ranges, and not at all beyond its end', async () => {
    const { recordingId, content } = await fixture(await create())
    const at = `/api/v1/recordings/${recordingId}/media`
    const whole = await bytesOf(at)
    expect(whole.status).toBe(200)
    expect(whole.bytes.equals(content)).toBe(true)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '5000',
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
    })
    const head = await fetch(parley.url + at, { method: 'HEAD', headers: { 'X-API-KEY': API_KEY } })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe('5000')
    expect((await head.arrayBuffer()).byteLength).toBe(0)
    const part = await bytesOf(at, { Range: 'bytes=10-19' })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe('bytes 10-19/5000')
    expect(part.bytes.equals(content.subarray(10, 20))).toBe(true)
    const rest = await bytesOf(at, { Range: 'bytes=4990-999999' })
    expect(rest.headers.get('content-range')).toBe('bytes 4990-4999/5000')
    expect((await bytesOf(at, { Range: 'bytes=4000-' })).bytes.length).toBe(1000)
    expect((await bytesOf(at, { Range: 'bytes=20-10' })).status).toBe(200)
    const beyond = await parley.call(`GET ${at}`, { headers: { Range: 'bytes=5000-' } })
    expect(beyond).toMatchObject({ status: 416, body: { error: 'Recording Error' } })
    expect(beyond.body.message).toContain('File size: 5000')
    for (const Range of ['bytes=-5', 'bytes=0-1,3-4', 'items=0-1'])
      expect(await parley.call(`GET ${at}`, { key: null, headers: { Range } })).toMatchObject({
        status: 422,
        body: {
          details: [
            {
              field: 'headers.range',
              message: 'Invalid range header format. Expected: bytes=start-end',
            },
          ],
        },
      })
    const etag = whole.headers.get('etag') ?? ''
    expect((await bytesOf(at, { 'If-None-Match': etag })).status).toBe(304)
    expect((await bytesOf(at, { Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200)
    const saved = await bytesOf(`/api/v1/recordings/${recordingId}/download`)
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment; filename="room-.*\.mp4"$/)
  })

  it('is one zip for many, without those that cannot be read', async () => {
    const room = await create()
    const [a, b] = [await fixture(room), await fixture(room)]
    const running = await fixture(room, { status: 'failed', sizeBytes: 0 })
    const unknown = `${room.roomId}--EG_none--none`
    const ids = [a, b, running]
      .map(({ recordingId }) => recordingId)
      .concat(unknown)
      .join(',')
    const { status, headers, bytes } = await bytesOf(`/api/v1/recordings/download?recordingIds=${ids}`)
    expect(status).toBe(200)
    expect(headers.get('content-disposition')).toBe('attachment; filename="recordings.zip"')
    const file = path.join(dir, 'recordings.zip')
    await writeFile(file, bytes)
    const script =
      'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip());z.extractall(sys.argv[2]);print(*z.namelist())'
    const [broken, names] = execFileSync('python3', ['-c', script, file, dir], { encoding: 'utf8' }).split(
      '\n',
    )
    expect(broken).toBe('None')
    expect(names?.split(' ')).toHaveLength(2)
    expect((await readFile(path.join(dir, names?.split(' ')[0] ?? ''))).equals(a.content)).toBe(true)
    expect(await parley.call(`GET /api/v1/recordings/download?recordingIds=${unknown}`)).toMatchObject({
      status: 400,
      body: { message: 'None of the provided recordings are available for ZIP download' },
    })
  })
})

describe('a link', () => {
  it('is read by anybody, by who is signed in, or no more', async () => {
    const room = await create()
    const { recordingId, content } = await fixture(room)
    const urlOf = async (query: string) =>
      new URL((await parley.call(`GET /api/v1/recordings/${recordingId}/url${query}`)).body.url)
    const open = (secret: string | null, cookie?: string) =>
      parley.call(`GET /api/v1/recordings/${recordingId}?recordingSecret=${secret}`, {
        key: null,
        ...(cookie === undefined ? {} : { cookie }),
      })
    const publicUrl = await urlOf('')
    expect(publicUrl.pathname).toBe(`/recording/${recordingId}`)
    const publicSecret = publicUrl.searchParams.get('recordingSecret')
    expect(await open(publicSecret)).toMatchObject({ status: 200, body: { recordingId } })
    // An access token that is none does no harm beside it, and is told of where it would have to count.
    const withBadToken = async (query: string, rest = '') =>
      (
        await parley.call(`GET /api/v1/recordings/${recordingId}${rest}${query}`, {
          key: null,
          headers: { Authorization: 'Bearer a.b.c' },
        })
      ).status
    expect(await withBadToken(`?recordingSecret=${publicSecret}`)).toBe(200)
    expect(await withBadToken('', '/media')).toBe(401)
    const media = await fetch(`${parley.url}/api/v1/recordings/${recordingId}/media?secret=${publicSecret}`)
    expect(Buffer.from(await media.arrayBuffer()).equals(content)).toBe(true)

    const privateSecret = (await urlOf('?privateAccess=TRUE')).searchParams.get('recordingSecret')
    expect(await open(privateSecret)).toMatchObject({ status: 401 })
    expect(await withBadToken(`?recordingSecret=${privateSecret}`)).toBe(401)
    expect((await open(privateSecret, await parley.signIn())).status).toBe(200)

    const soon = (await urlOf('?expiresInSeconds=2')).searchParams.get('recordingSecret')
    const expiresAt = parseInt(soon?.split('.')[1] ?? '', 36)
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 2000)
    expect((await open(soon)).status).toBe(200)
    await eventually(
      'the link expiring',
      () => open(soon),
      ({ status }) => status === 410,
    )
    // Nobody prolongs it by hand.
    const forged = soon?.replace(/\.[a-z0-9]+\./, '.zzzzzzzz.') ?? ''
    expect((await open(forged)).status).toBe(400)
    expect(await parley.call(`GET /api/v1/recordings/${recordingId}?recordingSecret=wrong`)).toMatchObject({
      status: 400,
      body: { error: 'Recording Error' },
    })
    expect((await parley.call(`GET /api/v1/recordings/${recordingId}`, { key: null })).status).toBe(401)

    await parley.call(`PUT /api/v1/rooms/${room.roomId}/access`, {
      body: { access: { anonymous: { recording: { enabled: false } } } },
    })
    for (const answer of [
      await open(publicSecret),
      await parley.call(`GET /api/v1/recordings/${recordingId}/url`),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { error: 'Room Error' } })
      expect(answer.body.message).toContain('is disabled for recordings')
    }
  })
})

describe('the list', () => {
  it('is filtered, sorted and paged, and of one room for its participants', async () => {
    const roomName = `List ${Date.now()}`
    const room = await create({ roomName })
    const other = await create({ roomName: 'Other' })
    const ids = []
    for (const seconds of [3, 1, 2])
      ids.push((await fixture({ ...room, roomName }, { durationMs: seconds * 1000 })).recordingId)
    await fixture(other)
    const list = async (query: string, options = {}) =>
      (await parley.call(`GET /api/v1/recordings?${query}`, options)).body
    const byLength = await list(`roomId=${room.roomId}&sortField=duration&sortOrder=asc`)
    expect(byLength.recordings.map(({ duration }: { duration: number }) => duration)).toEqual([1, 2, 3])
    expect(byLength.pagination).toEqual({ isTruncated: false, maxItems: 10 })
    const first = await list(`roomName=${encodeURIComponent(roomName)}&maxItems=2`)
    const second = await list(
      `roomName=${encodeURIComponent(roomName)}&maxItems=2&nextPageToken=${first.pagination.nextPageToken}`,
    )
    const found = [...first.recordings, ...second.recordings].map(
      ({ recordingId }: { recordingId: string }) => recordingId,
    )
    expect(new Set(found)).toEqual(new Set(ids))
    // OpenVidu's tutorials pass the name as roomId.
    expect((await list(`roomId=${encodeURIComponent(roomName)}`)).recordings).toHaveLength(3)
    expect((await list(`roomId=${room.roomId}&fields=recordingId`)).recordings[0]).toEqual({
      recordingId: ids.at(-1),
    })
    expect((await list(`roomId=${room.roomId}&status=failed`)).recordings).toEqual([])
    const token = await tokenOf(room.access.anonymous.recording.url.replace('/recordings?', '?'))
    expect((await list(`roomId=${other.roomId}`, { token })).recordings).toHaveLength(3)
    expect((await parley.call('GET /api/v1/recordings?status=odd')).status).toBe(422)
    expect(await parley.call(`GET /api/v1/recordings?roomId=${'x'.repeat(101)}`)).toMatchObject({
      status: 422,
      body: { details: [{ field: 'roomId', message: 'roomId cannot exceed 100 characters' }] },
    })
  })
})

describe('deleting', () => {
  it('removes record and file; of many each on its own', async () => {
    const room = await create()
    const one = await fixture(room)
    const running = await fixture(room, { status: 'active', holder: 'elsewhere/1/x', leaseUntil: 1 })
    const unknown = `${room.roomId}--EG_none--none`
    const bulk = await parley.call(
      `DELETE /api/v1/recordings?recordingIds=${[running.recordingId, one.recordingId, unknown].join(',')}`,
    )
    expect(bulk.status).toBe(400)
    expect(bulk.body).toEqual({
      message: '2 recording(s) could not be deleted',
      deleted: [one.recordingId],
      failed: [
        { recordingId: unknown, error: `Recording '${unknown}' not found` },
        {
          recordingId: running.recordingId,
          error: `Recording '${running.recordingId}' is not stopped yet`,
        },
      ],
    })
    await expect(parley.ctx.storage.size(one.mediaKey)).rejects.toMatchObject({ code: 'file_not_found' })
    const badId = await parley.call('DELETE /api/v1/recordings?recordingIds=good--EG_x--y,bad')
    expect(badId).toMatchObject({ status: 422, body: { details: [{ field: 'recordingIds.1' }] } })
    expect((await parley.call('DELETE /api/v1/recordings')).body.details[0].message).toBe(
      'At least one recordingId is required',
    )
    const wrong = await parley.call('POST /api/v1/recordings/nonsense/stop')
    expect(wrong.body.details).toEqual([
      { field: 'params.recordingId', message: 'recordingId does not follow the expected format' },
    ])
  })

  it('a room with its recordings takes their files along; without leave it is refused or closed', async () => {
    const room = await create()
    const { recordingId, mediaKey } = await fixture(room)
    const remove = (query: string) => parley.call(`DELETE /api/v1/rooms/${room.roomId}${query}`)
    expect((await remove('')).body.error).toBe('room_has_recordings')
    expect((await remove('?withRecordings=close')).body).toMatchObject({
      successCode: 'room_closed',
      room: { status: 'closed' },
    })
    expect((await bytesOf(`/api/v1/recordings/${recordingId}/media`)).status).toBe(200)
    expect((await remove('?withRecordings=force')).body.successCode).toBe('room_and_recordings_deleted')
    expect((await get(recordingId)).status).toBe(404)
    await parley.ctx.trash.empty()
    await expect(parley.ctx.storage.size(mediaKey)).rejects.toMatchObject({ code: 'file_not_found' })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { request } from '@playwright/test'
import { generate } from 'selfsigned'
import { API_KEY, expect, startServer } from '../support/server.ts'
import { expectMoving, expectSound, join, remoteTile, test } from './meeting-pages.ts'

test('one certificate and one port carry pages, API and signalling of a meeting', async ({ open }) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'parley-tls-'))
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const [TLS_CERT, TLS_KEY] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')]
  await writeFile(TLS_CERT, pair.cert)
  await writeFile(TLS_KEY, pair.private)
  const parley = await startServer({ TLS_CERT, TLS_KEY })
  const api = await request.newContext({
    ignoreHTTPSErrors: true,
    extraHTTPHeaders: { 'X-API-KEY': API_KEY },
  })
  try {
    const made = await api.post(`${parley.url}/api/v1/rooms`, { data: { roomName: 'Secure' } })
    const room = (await made.json()) as { moderatorUrl: string; speakerUrl: string }
    expect(room.moderatorUrl).toMatch(/^https:\/\/localhost:/)

    const ana = await open(room.moderatorUrl, { ignoreHTTPSErrors: true })
    const sockets: string[] = []
    ana.on('websocket', (socket) => sockets.push(socket.url()))
    await join(ana, 'Ana')
    const bruno = await open(room.speakerUrl, { ignoreHTTPSErrors: true })
    await join(bruno, 'Bruno')
    await expectMoving(ana, remoteTile(ana))
    await expectSound(bruno)
    const { host } = new URL(parley.url)
    expect(sockets.length).toBeGreaterThan(0)
    for (const url of sockets) expect(url).toMatch(new RegExp(`^wss://${host}/livekit/rtc`))
  } finally {
    await api.dispose()
    await parley.stop()
    await rm(directory, { recursive: true, force: true })
  }
})

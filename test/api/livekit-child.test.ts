import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { WebhookReceiver } from 'livekit-server-sdk'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { ConfigError } from '../../server/config.ts'
import { livekitBinary, makeChild, meet, type TestChild, within } from '../support/livekit-child.ts'
import { freePort, isAlive, listening } from '../support/processes.ts'

vi.setConfig({ testTimeout: 30_000 })

// The first run on a new machine may have to build LiveKit.
beforeAll(() => livekitBinary(), 45 * 60_000)

async function until(what: string, holds: () => boolean, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await delay(20)
  }
}
describe('on loopback', () => {
  test('the child is ready within 2 s, listens on 127.0.0.1 only, also while people talk, and stops', async () => {
    await using made = await makeChild()
    const { child } = made
    expect(child.state).toBe('stopped')
    const startedAt = Date.now()
    const started = child.start()
    expect(child.state).toBe('starting')
    await started
    expect(Date.now() - startedAt).toBeLessThan(2000)
    expect(child.state).toBe('ready')
    expect(child.lastError).toBeNull()
    expect(child.describePorts()).toMatch(/^Media on 127\.0\.0\.1 only \(UDP \d+\)/)
    await child.start() // changes nothing

    const pid = child.pid
    if (pid === null) expect.fail('there is no process')
    const udp = /UDP (\d+)/.exec(child.describePorts())?.[1]
    const expected = [`tcp 127.0.0.1:${child.url.port}`, `udp 127.0.0.1:${udp}`]
    expect(await listening(pid)).toEqual(expected)
    const meeting = await meet(made, `ws://127.0.0.1:${child.url.port}`)
    expect(await meeting.hear()).toBeGreaterThan(1000)
    expect(await listening(pid)).toEqual(expected)
    await meeting.leave()

    await child.stop()
    expect(child.state).toBe('stopped')
    expect(isAlive(pid)).toBe(false)
    expect(await stat(path.join(made.dataDir, 'livekit', 'livekit.pid')).catch(() => null)).toBeNull()
    expect(made.logged.filter(({ level }) => level >= 40)).toEqual([])
    await child.stop()

    await child.start()
    expect(child.pid).not.toBe(pid)
  })

  test('its config follows livekit.yaml and is readable by this user alone', async () => {
    await using made = await makeChild()
    await made.child.start()
    const file = path.join(made.dataDir, 'livekit', 'livekit.yaml')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const written = parse(await readFile(file, 'utf8'))
    expect(written).toMatchObject({
      bind_addresses: ['127.0.0.1'],
      room: { auto_create: false },
      logging: { json: true },
      rtc: { tcp_port: 0, use_external_ip: false },
      keys: { [made.apiKey]: made.apiSecret },
    })
  })

  test('variables that LiveKit itself would read do not open its TCP port', async () => {
    // LiveKit knows a variable of this very name, and it would go over our config.
    process.env['LIVEKIT_RTC_TCP_PORT'] = String(await freePort())
    try {
      await using made = await makeChild({ LIVEKIT_RTC_TCP_PORT: process.env['LIVEKIT_RTC_TCP_PORT'] })
      await made.child.start()
      const sockets = await listening(made.child.pid ?? 0)
      expect(sockets).toHaveLength(2)
      for (const address of sockets) expect(address).toMatch(/^(tcp|udp) 127\.0\.0\.1:\d+$/)
      expect(made.logged.some(({ msg }) => msg.startsWith('LIVEKIT_RTC_TCP_PORT is not used'))).toBe(true)
    } finally {
      delete process.env['LIVEKIT_RTC_TCP_PORT']
    }
  })

  test('a PUBLIC_URL for others, with media that only this machine reaches, is said', async () => {
    await using made = await makeChild({ PUBLIC_URL: 'https://meet.example.com' })
    await made.child.start()
    expect(made.logged.some(({ level, msg }) => level === 40 && msg.includes('Set LIVEKIT_NODE_IP'))).toBe(
      true,
    )
    expect(await listening(made.child.pid ?? 0)).toHaveLength(2)
  })

  test('nobody gets into a room that Parley did not make', async () => {
    await using made = await makeChild()
    await made.child.start()
    const answer = await fetch(
      new URL(`/rtc/validate?access_token=${await made.token('anna', 'nowhere')}`, made.child.url),
    )
    expect(answer.status).toBe(404)
  })

  test('a refused token does not stand in the log', async () => {
    await using made = await makeChild()
    await made.child.start()
    const token = (await made.token('anna', 'room')).slice(0, -5)
    const answer = await fetch(new URL(`/rtc/validate?access_token=${token}`, made.child.url))
    expect(answer.status).toBe(401)
    await made.child.stop()
    expect(JSON.stringify(made.logged)).toContain('[token]')
    expect(JSON.stringify(made.logged)).not.toContain(token)
  })

  test('it tells the webhook address what happens, signed with our key', async () => {
    const received: { body: string; authorization: string | undefined; url: string | undefined }[] = []
    const receiver = createServer((req: IncomingMessage, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        received.push({ body, authorization: req.headers.authorization, url: req.url })
        res.end()
      })
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const { port } = receiver.address() as AddressInfo
    await using made = await makeChild(
      {},
      { webhookUrl: `http://127.0.0.1:${port}/internal-api/v1/livekit/webhook` },
    )
    await made.child.start()
    await made.rooms().createRoom({ name: 'daily' })
    await until('a webhook', () => received.length > 0)
    expect(received[0]?.url).toBe('/internal-api/v1/livekit/webhook')
    const event = await new WebhookReceiver(made.apiKey, made.apiSecret).receive(
      received[0]?.body ?? '',
      received[0]?.authorization,
    )
    expect(event).toMatchObject({ event: 'room_started', room: { name: 'daily' } })
    receiver.closeAllConnections()
    receiver.close()
  })

  test('a media port that is in use is an error that names its variable, and leaves no process', async () => {
    const taken = createSocket('udp4')
    taken.bind(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address()
    await using made = await makeChild({ LIVEKIT_RTC_UDP_PORT: String(port) })
    const error = await made.child.start().then(
      () => expect.fail('it started'),
      (error: Error) => error,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message).toBe(
      `LIVEKIT_RTC_UDP_PORT: UDP port ${port} for media cannot be opened (address already in use); ` +
        `end the program that uses it or choose another port (for example LIVEKIT_RTC_UDP_PORT=${port + 10})`,
    )
    expect(made.child.pid).toBeNull()
    expect(made.child.state).toBe('stopped')
    taken.close()
    await once(taken, 'close')
    await made.child.start()
    expect(await listening(made.child.pid ?? 0)).toContain(`udp 127.0.0.1:${port}`)
  })

  test('a binary that is none, or does not start, is an error with its last words', async () => {
    await using missing = await makeChild({}, { binary: '/nowhere/livekit-server' })
    await expect(missing.child.start()).rejects.toThrow(/could not be started \(.*ENOENT/)
    expect(missing.child.lastError).toContain('could not be started')

    await using made = await makeChild()
    const templateFile = path.join(made.dataDir, 'template.yaml')
    await writeFile(templateFile, 'no_such_setting: 1\n')
    await using wrong = await makeChild({}, { templateFile })
    await expect(wrong.child.start()).rejects.toThrow(/no_such_setting/)
    expect(wrong.child.pid).toBeNull()
  })
})

describe('its life', () => {
  test('killed with -9 it is back within 5 s at the same address, again and again', async () => {
    await using made = await makeChild()
    const { child } = made
    await child.start()
    const { origin } = child.url
    for (let i = 0; i < 2; i++) {
      const killed = child.pid ?? 0
      process.kill(killed, 'SIGKILL')
      await until('it notices', () => child.state === 'restarting')
      expect(child.lastError).toContain('LiveKit was ended by SIGKILL')
      await until('it is back', () => child.state === 'ready', 5000)
      expect(child.lastError).toBeNull()
      expect(child.pid).not.toBe(killed)
      expect(child.url.origin).toBe(origin)
      expect(await made.rooms().listRooms()).toEqual([])
    }
    expect(made.logged.filter(({ msg }) => msg.includes('starting it again in'))).toHaveLength(2)
    expect(made.logged.map(({ msg }) => msg)).toContain('LiveKit runs again')
  })

  test('stop ends it for good, also between a crash and the restart', async () => {
    await using made = await makeChild()
    await made.child.start()
    process.kill(made.child.pid ?? 0, 'SIGKILL')
    await until('it notices', () => made.child.state === 'restarting')
    await made.child.stop()
    await delay(1000) // longer than the wait before the first restart
    expect(made.child.state).toBe('stopped')
    expect(made.child.pid).toBeNull()
  })

  test('stop during the start ends both', async () => {
    await using made = await makeChild()
    const started = made.child.start().then(
      () => 'ready',
      () => 'refused',
    )
    await until('there is a process', () => made.child.pid !== null)
    const pid = made.child.pid ?? 0
    await made.child.stop()
    expect(await started).toBe('refused')
    expect(isAlive(pid)).toBe(false)
    expect(made.child.state).toBe('stopped')
  })

  test('stop takes at most 3 s with people in a room', async () => {
    await using made = await makeChild()
    await made.child.start()
    const meeting = await meet(made, `ws://127.0.0.1:${made.child.url.port}`)
    await meeting.hear()
    const pid = made.child.pid ?? 0
    const startedAt = Date.now()
    await made.child.stop()
    expect(Date.now() - startedAt).toBeLessThan(3500)
    expect(isAlive(pid)).toBe(false)
    await meeting.leave()
  })

  /** Another process with a LiveKitChild on the same data directory; `then` runs in it once that is ready. */
  async function otherParley(made: TestChild, then: string) {
    const script = path.join(made.dataDir, 'parley.ts')
    await writeFile(
      script,
      `import pino from ${JSON.stringify(import.meta.resolve('pino'))}
       import { loadConfig } from ${JSON.stringify(path.resolve('server/config.ts'))}
       import { LiveKitChild } from ${JSON.stringify(path.resolve('server/livekit/child.ts'))}
       const child = new LiveKitChild({
         config: loadConfig({ DATA_DIR: ${JSON.stringify(made.dataDir)} }),
         binary: ${JSON.stringify(await livekitBinary())},
         apiKey: 'APIother', apiSecret: 'o'.repeat(40), webhookUrl: 'http://127.0.0.1:9/', log: pino({ level: 'silent' }),
       })
       setInterval(() => {}, 1000)
       child.start().then(() => { console.log(child.pid); ${then} })`,
    )
    const parley = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const exited = once(parley, 'exit')
    const lines = createInterface({ input: parley.stdout })
    const [line] = (await within(20_000, 'the other Parley', once(lines, 'line'))) as [string]
    return { parley, exited, livekit: Number(line) }
  }

  test('a Parley that ends without stopping it takes it along', async () => {
    await using made = await makeChild()
    const { exited, livekit } = await otherParley(made, "setTimeout(() => { throw new Error('a bug') }, 100)")
    await exited
    await until('LiveKit is gone', () => !isAlive(livekit), 1000)
  })

  test('what a Parley that was killed left running is ended by the next start', async () => {
    await using made = await makeChild()
    const { parley, exited, livekit } = await otherParley(made, '')
    parley.kill('SIGKILL')
    await exited
    expect(isAlive(livekit)).toBe(true)

    await made.child.start()
    expect(isAlive(livekit)).toBe(false)
    expect(made.child.pid).not.toBe(livekit)
    expect(made.logged.some(({ msg }) => msg.includes(`process ${livekit}`))).toBe(true)
  })

  test('a pid file that names a process of somebody else harms nobody', async () => {
    await using made = await makeChild()
    await made.child.start()
    await made.child.stop()
    const other = spawn('sleep', ['60'])
    await writeFile(path.join(made.dataDir, 'livekit', 'livekit.pid'), `${other.pid}\n`)
    await made.child.start()
    expect(isAlive(other.pid ?? 0)).toBe(true)
    other.kill()
  })
})

describe('with HOST set for others', () => {
  test('media takes the configured ports on all addresses, the API stays on 127.0.0.1, and sound flows', async () => {
    const udp = await freePort()
    const tcp = await freePort()
    await using made = await makeChild({
      HOST: '0.0.0.0',
      LIVEKIT_RTC_UDP_PORT: String(udp),
      LIVEKIT_RTC_TCP_PORT: String(tcp),
    })
    await made.child.start()
    const sockets = await listening(made.child.pid ?? 0)
    expect(sockets).toContain(`tcp 127.0.0.1:${made.child.url.port}`)
    expect(sockets.filter((socket) => socket.endsWith(`:${made.child.url.port}`))).toHaveLength(1)
    expect(sockets).toContain(`tcp *:${tcp}`)
    expect(sockets).toContain(`udp 127.0.0.1:${udp}`)
    for (const addresses of Object.values(networkInterfaces()))
      for (const { address, family, internal } of addresses ?? [])
        if (family === 'IPv4' && !internal) {
          expect(sockets).toContain(`udp ${address}:${udp}`)
          expect(made.child.describePorts()).toContain(address)
        }
    expect(made.child.describePorts()).toContain(
      `open UDP ${udp} (LIVEKIT_RTC_UDP_PORT) and TCP ${tcp} (LIVEKIT_RTC_TCP_PORT) in the firewall`,
    )
    const meeting = await meet(made, `ws://127.0.0.1:${made.child.url.port}`)
    expect(await meeting.hear()).toBeGreaterThan(1000)
    await meeting.leave()
  })

  test('a TCP port in use is an error that names its variable', async () => {
    const taken = createTcpServer().listen(0)
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    await using made = await makeChild({
      HOST: '0.0.0.0',
      LIVEKIT_RTC_UDP_PORT: '0',
      LIVEKIT_RTC_TCP_PORT: String(port),
    })
    await expect(made.child.start()).rejects.toThrow(`LIVEKIT_RTC_TCP_PORT: TCP port ${port} for media`)
    taken.close()
  })
})

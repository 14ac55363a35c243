import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { generate } from 'selfsigned'
import { takeUpgrades } from './upgrades.ts'

/** Says what came. */
const echo = (req: IncomingMessage, res: ServerResponse) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const { method, url, headers } = req
    res.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }))
  })
}

async function startServer(isTls: boolean) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
  const server = isTls ? createTlsServer({ cert, key }, echo) : createServer(echo)
  takeUpgrades(server, (req, socket) => socket.end(`taken over ${req.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return {
    server,
    /** Sends the parts one after the other and gives all that comes until the server closes. */
    send: async (...parts: string[]): Promise<string> => {
      const socket: Socket = isTls
        ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
        : connect(port, '127.0.0.1')
      socket.setNoDelay(true)
      let answer = ''
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
      const closed = new Promise<void>((resolve, reject) => {
        socket.once('close', () => resolve())
        socket.once('error', reject)
      })
      for (const part of parts) {
        await new Promise((resolve) => socket.write(part, resolve))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await closed
      return answer
    },
  }
}

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n'
const bodyOf = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as unknown

for (const isTls of [false, true]) {
  const name = isTls ? 'https' : 'http'

  test(`${name}: who offers h2c is answered in HTTP/1.1, body and all`, async () => {
    const { send } = await startServer(isTls)
    const head = `POST /rooms?a=1 HTTP/1.1\r\n${H2C}Host: localhost\r\nX-Note: caf\u00e9\r\nContent-Length: 11\r\n\r\n`
    // In one piece, as it is sent mostly; the body after the head; and within its first bytes.
    for (const parts of [[`${head}hello world`], [head, 'hello world'], [`${head}hello`, ' world']]) {
      const answer = await send(...parts)
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(answer.toLowerCase()).toContain('connection: close')
      expect(bodyOf(answer)).toMatchObject({ method: 'POST', url: '/rooms?a=1', body: 'hello world' })
      expect(bodyOf(answer)).not.toHaveProperty('headers.upgrade')
      expect(bodyOf(answer)).not.toHaveProperty('headers.http2-settings')
    }
  })

  test(`${name}: chunks that come later, too`, async () => {
    const { send } = await startServer(isTls)
    const head = `POST / HTTP/1.1\r\n${H2C}Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(bodyOf(await send(head, '5\r\nhello\r\n', '0\r\n\r\n'))).toMatchObject({ body: 'hello' })
  })

  test(`${name}: a WebSocket is taken over; one that is no GET is a request`, async () => {
    const { send } = await startServer(isTls)
    const offer = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'
    expect(await send(`GET /livekit/rtc HTTP/1.1\r\n${offer}`)).toBe('taken over /livekit/rtc')
    expect(bodyOf(await send(`DELETE /rooms/a HTTP/1.1\r\n${offer}`))).toMatchObject({ method: 'DELETE' })
  })
}

test('a client that goes away at once leaves the server standing', async () => {
  const { send, server } = await startServer(false)
  const { port } = server.address() as AddressInfo
  for (let count = 0; count < 20; count++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.end(`POST / HTTP/1.1\r\n${H2C}Host: localhost\r\nContent-Length: 11\r\n\r\nhello`)
    if (count % 2) socket.destroy()
  }
  expect(await send(`GET / HTTP/1.1\r\n${H2C}Host: localhost\r\n\r\n`)).toContain('200 OK')
})

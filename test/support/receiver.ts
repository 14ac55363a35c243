import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** One request that arrived, with the body as it was sent. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into payloads of every shape
  body: any
}

type Answer = (received: Received, res: ServerResponse) => void
const ok: Answer = (_received, res) => void res.end('thanks')

/** A webhook receiver: a real HTTP server that keeps what arrives, and answers as `answer` says. */
export class Receiver {
  readonly received: Received[] = []
  answer: Answer
  readonly #server: Server
  readonly port: number

  private constructor(server: Server, answer: Answer) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port // a TCP server's address is never a string
    this.answer = answer
    server.on('request', (req, res) => {
      const pieces: Buffer[] = []
      req.on('data', (piece: Buffer) => pieces.push(piece))
      req.on('end', () => {
        const text = Buffer.concat(pieces).toString()
        const received = {
          path: req.url ?? '/',
          headers: req.headers,
          text,
          body: JSON.parse(text) as unknown,
        }
        this.received.push(received)
        this.answer(received, res)
      })
    })
  }

  /** Listens on 127.0.0.1, on a free port unless one is given. */
  static async start(answer: Answer = ok, port = 0): Promise<Receiver> {
    const server = createServer()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new Receiver(server, answer)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Names of the events that arrived, in order; of one room or path where that is given. */
  events(of: { roomId?: string; path?: string } = {}): string[] {
    return this.received
      .filter(
        ({ path, body }) =>
          (of.path ?? path) === path && (of.roomId ?? body.data.roomId) === body.data.roomId,
      )
      .map(({ body }) => body.event as string)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** What is wrong with the signatures of a delivery: nothing when both hold. Nothing of ours takes part in it. */
export function signatureFaults({ headers, text }: Received, secret: string): string[] {
  const faults: string[] = []
  const expected = createHmac('sha256', secret)
    .update(`${String(headers['x-timestamp'])}.${text}`)
    .digest('hex')
  if (headers['x-signature'] !== expected) faults.push('x-signature')
  const standard = secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' })
  try {
    standard.verify(text, headers as Record<string, string>)
  } catch (err) {
    faults.push(`webhook-signature: ${(err as Error).message}`)
  }
  return faults
}

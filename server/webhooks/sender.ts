import http from 'node:http'
import https from 'node:https'
import { VERSION } from '../version.ts'
import { AddressNotAllowed, isPublicAddress, literalAddress, publicLookup } from './addresses.ts'

/** From the start of a try to the head of its answer. */
export const TIMEOUT_MS = 10_000
/** The status decides; the text behind it is only for the log, and is not waited for longer than this. */
const BODY_WITHIN_MS = 2000
/** How much of an answer is kept. What follows is never read. */
export const MAX_ANSWER_BYTES = 4096

/** What came of one try. `error` tells why there is no status. */
export interface Outcome {
  responseStatus: number | null
  /** The first 4 kB of the answer. */
  response: string | null
  error: string | null
  durationMs: number
}

const AGENT = { keepAlive: true, keepAliveMsecs: 10_000, maxFreeSockets: 16, timeout: 15_000 } as const

/** Sends deliveries. Connections are kept for the next one. */
export class Sender {
  readonly #allowsPrivate: boolean
  readonly #http: http.Agent
  readonly #https: https.Agent

  /** `allowsPrivate`: loopback, private and link-local addresses may be sent to as well. */
  constructor({ allowsPrivate }: { allowsPrivate: boolean }) {
    this.#allowsPrivate = allowsPrivate
    const options = allowsPrivate ? AGENT : { ...AGENT, lookup: publicLookup }
    this.#http = new http.Agent(options)
    this.#https = new https.Agent(options)
  }

  /** One POST. Never throws, follows no redirect, and takes at most {@link TIMEOUT_MS} for the answer's head. */
  async post(url: string, headers: Record<string, string>, body: string): Promise<Outcome> {
    const startedAt = performance.now()
    const done = (outcome: Partial<Outcome>): Outcome => ({
      responseStatus: null,
      response: null,
      error: null,
      ...outcome,
      durationMs: Math.round(performance.now() - startedAt),
    })
    try {
      const target = new URL(url)
      const literal = literalAddress(target)
      if (literal !== null && !this.#allowsPrivate && !isPublicAddress(literal))
        throw new AddressNotAllowed(literal)
      const left = () => TIMEOUT_MS - (performance.now() - startedAt)
      let answer = await this.#request(target, headers, body, left())
      // The receiver ended a kept connection just as we used it again: that says nothing about the receiver.
      if (answer === 'stale') answer = await this.#request(target, headers, body, left())
      if (answer === 'stale') throw new Error('The receiver closed the connection without an answer')
      return done(answer)
    } catch (err) {
      return done({ error: describe(err) })
    }
  }

  #request(
    target: URL,
    headers: Record<string, string>,
    body: string,
    timeoutMs: number,
  ): Promise<'stale' | { responseStatus: number; response: string }> {
    return new Promise((resolve, reject) => {
      const isTls = target.protocol === 'https:'
      const request = (isTls ? https : http).request(target, {
        method: 'POST',
        agent: isTls ? this.#https : this.#http,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': `Parley/${VERSION}`,
          ...headers,
        },
      })
      const timer = setTimeout(() => {
        request.destroy(new Error(`No answer within ${TIMEOUT_MS / 1000} s`))
      }, timeoutMs)
      request.on('error', (err: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        const isStale = request.reusedSocket && (err.code === 'ECONNRESET' || err.code === 'EPIPE')
        if (isStale) resolve('stale')
        else reject(err)
      })
      request.once('response', (response) => {
        clearTimeout(timer)
        void readStart(response).then((text) =>
          resolve({ responseStatus: response.statusCode ?? 0, response: text }),
        )
      })
      request.end(body)
    })
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** The beginning of an answer's body as text. A longer or slower one is cut off with its connection. */
function readStart(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const finish = (isCut: boolean) => {
      clearTimeout(timer)
      if (isCut) response.destroy()
      // PostgreSQL takes no NUL in a text.
      resolve(Buffer.concat(pieces).subarray(0, MAX_ANSWER_BYTES).toString('utf8').replaceAll('\0', '\uFFFD'))
    }
    const timer = setTimeout(() => finish(true), BODY_WITHIN_MS)
    response.on('data', (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (size > MAX_ANSWER_BYTES) finish(true)
    })
    response.once('end', () => finish(false))
    // Closed before its end: what arrived counts.
    response.on('error', () => finish(true))
    response.once('aborted', () => finish(true))
  })
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'The receiver refuses the connection',
  ECONNRESET: 'The receiver closed the connection without an answer',
  EPIPE: 'The receiver closed the connection without an answer',
  ENOTFOUND: 'The host name is not known',
  EAI_AGAIN: 'The host name cannot be looked up now',
  ETIMEDOUT: 'The receiver cannot be reached',
  EHOSTUNREACH: 'The receiver cannot be reached',
  ENETUNREACH: 'The receiver cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The receiver’s certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'The receiver’s certificate is self-signed',
  CERT_HAS_EXPIRED: 'The receiver’s certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The receiver’s certificate is for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The receiver’s certificate cannot be verified',
}

function describe(err: unknown): string {
  // Several addresses were tried: the first one's fault tells most.
  const cause: unknown = err instanceof AggregateError ? err.errors[0] : err
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as NodeJS.ErrnoException
  if (code === undefined) return cause.message
  return WORDS[code] === undefined ? `${cause.message} (${code})` : `${WORDS[code]} (${code})`
}

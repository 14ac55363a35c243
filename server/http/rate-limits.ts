import type { Response } from 'express'
import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from '../config.ts'
import { TooManyRequests } from '../errors.ts'
import type { Logger } from '../log.ts'

/**
 * What is counted apart (contract/accounts-and-keys.md, "Rate limits"): the endpoint groups, and besides them
 * requests without valid credentials by address (a wrong room secret is one), joins by room, sign-ins, self-service
 * keys, and what one participant may pour over a meeting.
 */
export const DEFAULT_LIMITS = {
  crud: 100,
  create: 30,
  read: 200,
  config: 60,
  webhooks: 60,
  anonymous: 100,
  join: 300,
  signIn: 10,
  createKey: 5,
  chat: 30,
  reaction: 20,
  attachment: 20,
} as const
export type LimitName = keyof typeof DEFAULT_LIMITS

const WINDOW_SECONDS: Partial<Record<LimitName, number>> = {
  createKey: 3600,
  chat: 10,
  reaction: 10,
}
const MINUTE = 60

type Limiter = RateLimiterMemory | RateLimiterRedis

interface Decision {
  limit: number
  windowSeconds: number
  remaining: number
  resetMs: number
  isAllowed: boolean
}

/** Counts requests by name and who makes them; shared by all instances where REDIS_URL is set. */
export class RateLimits {
  readonly #limits: Record<LimitName, number> | null
  readonly #redis: Redis | null
  readonly #log: Logger
  /** One limiter for each name and number of points, since points are fixed per limiter. */
  readonly #limiters = new Map<string, Limiter>()
  #redisWarnedAt = 0

  constructor(config: Config, log: Logger) {
    this.#log = log
    this.#limits = config.rateLimits === null ? null : { ...DEFAULT_LIMITS, ...config.rateLimits }
    this.#redis =
      config.redisUrl === null || this.#limits === null
        ? null
        : connect(config.redisUrl, (err) => this.#warn(err))
  }

  /**
   * Counts one request of `who`. Sets the headers of both kinds on the answer. Throws TooManyRequests
   * `rate_limited` with Retry-After once the window's limit is used up. `override` replaces the limit (a key's own).
   */
  async take(res: Response, name: LimitName, who: string, override?: number): Promise<void> {
    if (this.#limits === null) return
    const decision = await this.#decide(name, who, override ?? this.#limits[name])
    writeHeaders(res, name, decision)
    if (!decision.isAllowed) throw tooMany(decision.resetMs)
  }

  /** Throws as {@link take} does once the limit is used up, and counts nothing: for guesses, of which only wrong ones count. */
  async refuseSpent(name: LimitName, who: string): Promise<void> {
    if (this.#limits === null) return
    const limit = this.#limits[name]
    const spent = await this.#limiterFor(name, limit, WINDOW_SECONDS[name] ?? MINUTE).get(who)
    if (spent !== null && spent.consumedPoints >= limit) throw tooMany(spent.msBeforeNext)
  }

  async #decide(name: LimitName, who: string, limit: number): Promise<Decision> {
    const windowSeconds = WINDOW_SECONDS[name] ?? MINUTE
    const limiter = this.#limiterFor(name, limit, windowSeconds)
    const decide = (result: RateLimiterRes, isAllowed: boolean): Decision => ({
      limit,
      windowSeconds,
      remaining: Math.max(0, result.remainingPoints),
      resetMs: result.msBeforeNext,
      isAllowed,
    })
    try {
      return decide(await limiter.consume(who), true)
    } catch (result) {
      if (result instanceof RateLimiterRes) return decide(result, false)
      throw result
    }
  }

  #limiterFor(name: LimitName, limit: number, windowSeconds: number): Limiter {
    const id = `${name}:${limit}`
    const known = this.#limiters.get(id)
    if (known !== undefined) return known
    const options = { points: limit, duration: windowSeconds, keyPrefix: `parley:limit:${id}` }
    const memory = new RateLimiterMemory(options)
    const made =
      this.#redis === null
        ? memory
        : new RateLimiterRedis({ ...options, storeClient: this.#redis, insuranceLimiter: memory })
    this.#limiters.set(id, made)
    return made
  }

  #warn(err: Error): void {
    const now = Date.now()
    if (now - this.#redisWarnedAt < MINUTE * 1000) return
    this.#redisWarnedAt = now
    this.#log.warn({ reason: err.message }, 'Redis does not answer: each instance counts requests by itself')
  }

  close(): void {
    this.#redis?.disconnect()
  }
}

function tooMany(resetMs: number): TooManyRequests {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000))
  return new TooManyRequests('rate_limited', `Too many requests: try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

/** Fails at once while Redis is away, so that counting goes on in memory instead of waiting. */
function connect(url: string, onError: (err: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 2000,
    commandTimeout: 1000,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5000),
  })
  redis.on('error', onError)
  return redis
}

/** X-RateLimit-* and the IETF fields (draft-ietf-httpapi-ratelimit-headers). */
function writeHeaders(res: Response, name: string, decision: Decision): void {
  const { limit, remaining, resetMs, windowSeconds } = decision
  res.setHeader('X-RateLimit-Limit', limit)
  res.setHeader('X-RateLimit-Remaining', remaining)
  res.setHeader('X-RateLimit-Reset', Math.ceil((Date.now() + resetMs) / 1000))
  res.setHeader('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`)
  res.setHeader('RateLimit', `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`)
}

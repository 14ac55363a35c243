import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'
import { randomLower } from '../ids.ts'

const COOKIE = 'parley_browser'
const YEAR_MS = 365 * 24 * 3_600_000

/** Knows a browser again by a signed cookie, so that a kick or an admission holds for it and for no other. */
export class Browsers {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** The browser's id; one that is new, or whose cookie was tampered with, gets a fresh one. */
  idOf(req: Request, res: Response): string {
    const known = this.find(req)
    if (known !== null) return known
    const id = randomLower(20)
    res.cookie(COOKIE, `${id}.${this.#sign(id)}`, {
      httpOnly: true,
      // Embedded by another site the page is a third party: only a partitioned cookie comes back from there (CHIPS).
      ...(req.secure ? { sameSite: 'none', partitioned: true } : { sameSite: 'lax' }),
      secure: req.secure,
      maxAge: YEAR_MS,
      path: '/',
    })
    return id
  }

  /** The browser's id if it has one; nothing is set. */
  find(req: Request): string | null {
    const sent = req.headers.cookie?.match(/(?:^|; *)parley_browser=([a-z0-9]{20})\.([\w-]{43})(?:;|$)/)
    const [, id, signature] = sent ?? []
    return id !== undefined && signature !== undefined && this.#isSignature(id, signature) ? id : null
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#secret).update(id).digest('base64url')
  }

  #isSignature(id: string, signature: string): boolean {
    return timingSafeEqual(Buffer.from(this.#sign(id)), Buffer.from(signature))
  }
}

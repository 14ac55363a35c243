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
    const sent = req.headers.cookie?.match(/(?:^|; *)parley_browser=([a-z0-9]{20})\.([\w-]{43})(?:;|$)/)
    if (sent?.[1] !== undefined && sent[2] !== undefined && this.#isSignature(sent[1], sent[2]))
      return sent[1]
    const id = randomLower(20)
    res.cookie(COOKIE, `${id}.${this.#sign(id)}`, {
      httpOnly: true,
      sameSite: 'lax',
      secure: req.secure,
      maxAge: YEAR_MS,
      path: '/',
    })
    return id
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#secret).update(id).digest('base64url')
  }

  #isSignature(id: string, signature: string): boolean {
    return timingSafeEqual(Buffer.from(this.#sign(id)), Buffer.from(signature))
  }
}

import type { Request, Response } from 'express'
import type { Origin } from './access-tokens.ts'

/** Cookies for the browser; only on https where the request came by it, whatever PUBLIC_URL says. */
export function setCookies(req: Request, res: Response, cookies: string[]): void {
  for (const cookie of cookies)
    res.append('Set-Cookie', req.secure && !/; *secure/i.test(cookie) ? `${cookie}; Secure` : cookie)
}
/** Where a request comes from, as sessions keep it. */
export const originOf = (req: Request): Origin => ({
  ip: req.ip ?? '',
  userAgent: (req.get('user-agent') ?? '').slice(0, 300),
})

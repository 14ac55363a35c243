import { z } from 'zod'
import { NotFound, ParleyError } from '../errors.ts'
import { endpoint, Streamed } from '../http/endpoint.ts'
import type { Context } from '../context.ts'
import { originOf, setCookies } from './browser.ts'
import type { SingleSignOn } from './single-sign-on.ts'

const COOKIE = 'parley_sso'

/** A path of ours to go on to; anything else leads to the start page. */
const ownPath = (path: string | undefined): string =>
  path !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/'

function singleSignOnOf(ctx: Context): SingleSignOn {
  if (ctx.singleSignOn === null)
    throw new NotFound('sso_off', 'This server has no single sign-on: its operator sets it by OIDC_ISSUER')
  return ctx.singleSignOn
}

export const startSingleSignOn = endpoint({
  method: 'get',
  path: '/internal-api/v1/sso/start',
  summary: 'Leads the browser to the identity provider',
  limit: 'anonymous',
  needs: { anonymous: true },
  query: z.object({ redirectTo: z.string().max(2000).optional() }),
  answer: { status: 302, body: z.null() },
  act: async (ctx, { query, req, res, baseUrl }) => {
    try {
      const begun = await singleSignOnOf(ctx).begin(baseUrl, ownPath(query.redirectTo))
      res.cookie(COOKIE, begun.flow, {
        httpOnly: true,
        sameSite: 'lax',
        secure: req.secure,
        maxAge: begun.maxAgeMs,
        path: '/',
      })
      res.redirect(302, begun.url)
    } catch (err) {
      if (!(err instanceof ParleyError) || err.status === 404) throw err
      res.redirect(302, `${baseUrl}/?problem=${err.code}`)
    }
    return new Streamed()
  },
})

export const finishSingleSignOn = endpoint({
  method: 'get',
  path: '/internal-api/v1/sso/callback',
  summary: 'Where the identity provider leads the browser back to; signs in and goes on',
  limit: 'anonymous',
  needs: { anonymous: true },
  answer: { status: 302, body: z.null() },
  act: async (ctx, { req, res, baseUrl }) => {
    const sealed = req.headers.cookie?.match(/(?:^|; *)parley_sso=([^;]+)/)?.[1]
    const query = new URL(req.url, 'http://localhost').searchParams
    res.clearCookie(COOKIE, { path: '/' })
    try {
      const { cookies, redirectTo } = await singleSignOnOf(ctx).finish(query, sealed, originOf(req))
      setCookies(req, res, cookies)
      res.redirect(302, `${baseUrl}${redirectTo}`)
    } catch (err) {
      if (!(err instanceof ParleyError) || err.status === 404) throw err
      res.redirect(302, `${baseUrl}/?problem=${err.code}`)
    }
    return new Streamed()
  },
})

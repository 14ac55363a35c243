import { Provider } from 'oidc-provider'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Identity {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
  preferred_username?: string
}

/** A real OpenID Connect provider whose people sign in without being asked. */
export interface IdentityProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** Whom the next visit signs in. */
  identity: Identity
  /** Where Parley's callback is; known once Parley runs. */
  allowRedirect: (uri: string) => void
  close: () => Promise<void>
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const redirectUris: string[] = ['http://localhost/unused']
  const clientId = 'parley'
  const clientSecret = 'a secret between provider and Parley'
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const identities = new Map<string, Identity>()
  const state: { identity: Identity } = { identity: { sub: 'nobody' } }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
      },
    ],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    cookies: { keys: ['only for tests'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...identities.get(sub), sub }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    // The one client's addresses are learnt later.
    extraClientMetadata: { properties: [] },
  })
  const allowed = new Set<string>()
  const { Client } = provider
  Client.prototype.redirectUriAllowed = (uri: string) => allowed.has(uri)
  const handle = provider.callback()
  http.on('request', (req, res) => {
    if (!(req.url ?? '').startsWith('/interaction/')) {
      void handle(req, res)
      return
    }
    void (async () => {
      const { prompt, params, session } = await provider.interactionDetails(req, res)
      if (prompt.name === 'login') {
        const { identity } = state
        identities.set(identity.sub, identity)
        await provider.interactionFinished(req, res, { login: { accountId: identity.sub, remember: false } })
        return
      }
      const grant = new provider.Grant({
        accountId: session?.accountId ?? '',
        clientId: String(params.client_id),
      })
      grant.addOIDCScope('openid email profile')
      await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } })
    })()
  })
  return {
    issuer,
    clientId,
    clientSecret,
    get identity() {
      return state.identity
    },
    set identity(identity) {
      state.identity = identity
    },
    allowRedirect: (uri) => void allowed.add(uri),
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections()
        http.close(() => resolve())
      }),
  }
}

/** A browser as far as redirects and cookies go: follows from `url` until an answer is no redirect or `isDone`. */
export async function browse(
  url: string,
  jar: Map<string, string>,
  isDone: (url: URL) => boolean,
): Promise<URL> {
  let at = new URL(url)
  for (let hops = 0; hops < 20 && !isDone(at); hops++) {
    const prefix = `${at.host} `
    const cookie = [...jar]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => `${name.slice(prefix.length)}=${value}`)
      .join('; ')
    const answer = await fetch(at, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [name = '', ...value] = pair.split('=')
      if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(prefix + name)
      else jar.set(prefix + name, value.join('='))
    }
    const location = answer.headers.get('location')
    if (location === null) throw new Error(`${at.href} answered ${answer.status}: ${await answer.text()}`)
    at = new URL(location, at)
  }
  return at
}

import { type Config, ownUrl } from '../config.ts'
import type { Clock } from '../clock.ts'
import type { Database } from '../db/open.ts'
import type { Logger } from '../log.ts'
import { Mailer } from '../mail/mailer.ts'
import type { Secrets } from '../secrets.ts'
import type { Vault } from '../vault.ts'
import { AccessTokens } from './access-tokens.ts'
import { Accounts } from './accounts.ts'
import { createAuth } from './auth.ts'
import { Invitations } from './invitations.ts'
import { Organizations } from './organizations.ts'
import { Passwords } from './passwords.ts'
import { Sessions } from './sessions.ts'
import { SignIn } from './sign-in.ts'
import { SingleSignOn } from './single-sign-on.ts'
import { TwoFactor } from './two-factor.ts'
import { Users } from './users.ts'

interface Parts {
  database: Database
  config: Config
  clock: Clock
  secrets: Secrets
  vault: Vault
  log: Logger
  /** A user's rights in an organization changed or ended. */
  onUserChange: (orgId: string, username: string) => Promise<void>
  /** An organization's API access changed. */
  onApiAccess: () => void
}

/** What people are to this server, and how they sign in. */
export interface AccountParts {
  accounts: Accounts
  accessTokens: AccessTokens
  invitations: Invitations
  mailer: Mailer
  organizations: Organizations
  passwords: Passwords
  sessions: Sessions
  signIn: SignIn
  /** null without OIDC_ISSUER. */
  singleSignOn: SingleSignOn | null
  twoFactor: TwoFactor
  users: Users
}

export function createAccounts(parts: Parts): AccountParts {
  const { database, config, clock, secrets, vault } = parts
  const log = parts.log.child({ name: 'accounts' })
  const auth = createAuth({ database, secret: secrets.session, baseUrl: ownUrl(config), log })
  const common = { database, config, clock }
  const mailer = new Mailer(config, parts.log.child({ name: 'mail' }))
  const sessions = new Sessions({ ...common, auth })
  const twoFactor = new TwoFactor({ ...common, vault })
  const signIn = new SignIn({ ...common, twoFactor })
  return {
    accounts: new Accounts({ ...common, sessions }),
    accessTokens: new AccessTokens({ ...common, secret: secrets.accessTokens }),
    invitations: new Invitations({ ...common, sessions, mailer }),
    mailer,
    organizations: new Organizations({ ...common, onApiAccess: parts.onApiAccess }),
    passwords: new Passwords({ ...common, signIn, mailer }),
    sessions,
    signIn,
    singleSignOn:
      config.oidc === null ? null : new SingleSignOn({ ...common, vault, sessions, log, oidc: config.oidc }),
    twoFactor,
    users: new Users({ ...common, onChange: parts.onUserChange }),
  }
}

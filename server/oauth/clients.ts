import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/open.ts'
import { BadRequest, NotFound } from '../errors.ts'
import type { KeyCaller, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import { mintSecret } from '../keys/key-format.ts'
import type { ClientView, ClientWithSecret, CreateClient, UpdateClient } from './schema.ts'
import { scopesOf } from './scopes.ts'
import {
  deleteClient,
  findOwnClient,
  insertClient,
  listClients,
  type OAuthClientTable,
  updateClient,
} from './store.ts'

type Manager = KeyCaller | SessionCaller

/** OAuth clients of an organization: registered, changed and deleted by its admins. */
export class OAuthClients {
  readonly #db: Db
  readonly #prefix: string
  readonly #clock: Clock

  constructor(options: { database: Database; config: Config; clock: Clock }) {
    this.#db = options.database.db
    this.#prefix = options.config.keys.prefix
    this.#clock = options.clock
  }

  /** Registers a client. The answer is the only one that holds its secret. */
  async create(caller: Manager, wanted: CreateClient, ip: string): Promise<ClientWithSecret> {
    const minted = wanted.isPublic ? null : mintSecret(this.#prefix, 'secret')
    const row: OAuthClientTable = {
      id: newId('client'),
      orgId: caller.orgId,
      name: wanted.name,
      secretHash: minted?.hash ?? null,
      secretLast4: minted?.last4 ?? null,
      redirectUris: JSON.stringify(wanted.redirectUris),
      scopes: wanted.scopes.join(' '),
      createdAt: this.#clock.now(),
      createdBy: caller.username,
    }
    await this.#db.transaction().execute(async (tx) => {
      await insertClient(tx, row)
      await this.#audit(tx, caller, 'oauth_client.created', row.id, ip, {
        name: row.name,
        scopes: row.scopes,
      })
    })
    return { ...view(row, 0), secret: minted?.key ?? null }
  }

  async list(orgId: string): Promise<ClientView[]> {
    const rows = await listClients(this.#db, orgId)
    return rows.map((row) => view(row, row.grants ?? 0))
  }

  /** Changes name, addresses or scopes; tokens lose a scope that the client loses. Throws NotFound. */
  async update(caller: Manager, id: string, change: UpdateClient, ip: string): Promise<ClientView> {
    const columns = {
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.redirectUris === undefined ? {} : { redirectUris: JSON.stringify(change.redirectUris) }),
      ...(change.scopes === undefined ? {} : { scopes: change.scopes.join(' ') }),
    }
    await this.#db.transaction().execute(async (tx) => {
      await this.#get(tx, caller.orgId, id)
      await updateClient(tx, caller.orgId, id, columns)
      await this.#audit(tx, caller, 'oauth_client.updated', id, ip, { ...change })
    })
    return this.get(caller.orgId, id)
  }

  /** Throws NotFound `oauth_client_not_found`. */
  async get(orgId: string, id: string): Promise<ClientView> {
    const found = (await this.list(orgId)).find((client) => client.id === id)
    if (found === undefined) throw notFound(id)
    return found
  }

  /** A new secret; the old one is refused from the next request on. Throws BadRequest for a public client. */
  async rotateSecret(caller: Manager, id: string, ip: string): Promise<ClientWithSecret> {
    const minted = mintSecret(this.#prefix, 'secret')
    await this.#db.transaction().execute(async (tx) => {
      const row = await this.#get(tx, caller.orgId, id)
      if (row.secretHash === null)
        throw new BadRequest('oauth_client_public', 'A public client has no secret: it proves itself by PKCE')
      await updateClient(tx, caller.orgId, id, { secretHash: minted.hash, secretLast4: minted.last4 })
      await this.#audit(tx, caller, 'oauth_client.secret_rotated', id, ip)
    })
    return { ...(await this.get(caller.orgId, id)), secret: minted.key }
  }

  /** Deletes a client with every grant and token of it. Throws NotFound. */
  async delete(caller: Manager, id: string, ip: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      if (!(await deleteClient(tx, caller.orgId, id))) throw notFound(id)
      await this.#audit(tx, caller, 'oauth_client.deleted', id, ip)
    })
  }

  async #get(db: Db, orgId: string, id: string): Promise<OAuthClientTable> {
    const row = await findOwnClient(db, orgId, id)
    if (row === undefined) throw notFound(id)
    return row
  }

  #audit(tx: Db, caller: Manager, action: string, target: string, ip: string, details = {}): Promise<void> {
    return audit(tx, this.#clock.now(), { orgId: caller.orgId, caller, action, target, ip, details })
  }
}

const notFound = (id: string) =>
  new NotFound('oauth_client_not_found', `There is no OAuth client ${id} in this organization`)

const view = (row: OAuthClientTable, users: number): ClientView => ({
  id: row.id,
  name: row.name,
  isPublic: row.secretHash === null,
  redirectUris: JSON.parse(row.redirectUris) as string[],
  scopes: scopesOf(row.scopes),
  secretLast4: row.secretLast4,
  createdAt: new Date(row.createdAt).toISOString(),
  createdBy: row.createdBy,
  users,
})

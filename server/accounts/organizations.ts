import type { z } from 'zod'
import { audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Database, Db } from '../db/open.ts'
import { NotFound } from '../errors.ts'
import type { KeyCaller, SessionCaller } from '../http/caller.ts'
import { newId } from '../ids.ts'
import {
  brandingOf,
  type ManageOrganization,
  NO_RETENTION,
  type OrganizationSummary,
  type OrganizationView,
  type Retention,
  type UpdateOrganization,
} from './organization-schema.ts'
import { findOrganization, insertMembership, lockOrganization, type OrganizationRow } from './store.ts'

interface Options {
  database: Database
  clock: Clock
  /** Called after `apiAccess` changed: keys are kept in memory. */
  onApiAccess: () => void
}

const DAY_MS = 24 * 3_600_000

/** Organizations: their settings by their admins, and all of them by a superadmin. */
export class Organizations {
  readonly #db: Db
  readonly #clock: Clock
  readonly #onApiAccess: () => void

  constructor(options: Options) {
    this.#db = options.database.db
    this.#clock = options.clock
    this.#onApiAccess = options.onApiAccess
  }

  /** Throws NotFound `organization_not_found`. */
  async get(orgId: string): Promise<OrganizationView> {
    const row = await findOrganization(this.#db, orgId)
    if (row === undefined) throw notFound()
    return viewOrganization(row)
  }

  /** Changes what is given and leaves the rest. */
  async update(
    caller: KeyCaller | SessionCaller,
    change: z.output<typeof UpdateOrganization>,
    ip: string,
  ): Promise<OrganizationView> {
    return this.#change(caller, caller.orgId, 'organization.updated', Object.keys(change), ip, (row) => ({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.allowedOrigins === undefined
        ? {}
        : { allowedOrigins: JSON.stringify([...new Set(change.allowedOrigins)]) }),
      ...(change.branding === undefined
        ? {}
        : { branding: JSON.stringify({ ...brandingOf(row), ...change.branding }) }),
      ...(change.retention === undefined
        ? {}
        : { retention: JSON.stringify({ ...retentionOf(row), ...change.retention }) }),
    }))
  }

  /** Every organization of the deployment, oldest first; for superadmins. */
  async list(): Promise<z.output<typeof OrganizationSummary>[]> {
    const rows = await this.#db
      .selectFrom('organization')
      .selectAll('organization')
      .select((eb) => [
        eb
          .selectFrom('organizationMember')
          .select((inner) => inner.fn.countAll<number>().as('users'))
          .whereRef('organizationMember.orgId', '=', 'organization.id')
          .as('users'),
        eb
          .selectFrom('room')
          .select((inner) => inner.fn.countAll<number>().as('rooms'))
          .whereRef('room.orgId', '=', 'organization.id')
          .as('rooms'),
      ])
      .orderBy('createdAt')
      .orderBy('id')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      rootUsername: row.rootUsername,
      apiAccess: row.apiAccess === 1,
      createdAt: new Date(row.createdAt).toISOString(),
      users: row.users ?? 0,
      rooms: row.rooms ?? 0,
    }))
  }

  /** Makes an organization whose root admin the caller is. */
  async create(caller: SessionCaller, name: string, ip: string): Promise<OrganizationView> {
    const now = this.#clock.now()
    const id = newId('org')
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto('organization')
        .values({
          id,
          name,
          rootUsername: caller.username,
          isFirst: 0,
          apiAccess: 1,
          allowedOrigins: '["*"]',
          branding: '{}',
          createdAt: now,
        })
        .execute()
      await insertMembership(tx, {
        orgId: id,
        userId: caller.userId,
        role: 'admin',
        canCreateRooms: 1,
        at: now,
      })
      await audit(tx, now, { orgId: id, caller, action: 'organization.created', target: id, ip })
    })
    return this.get(id)
  }

  /** Renames an organization or switches its API access; for superadmins. */
  async manage(
    caller: SessionCaller,
    orgId: string,
    change: z.output<typeof ManageOrganization>,
    ip: string,
  ): Promise<OrganizationView> {
    const view = await this.#change(
      caller,
      orgId,
      change.apiAccess === undefined ? 'organization.updated' : 'organization.api_access_changed',
      change,
      ip,
      () => ({
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.apiAccess === undefined ? {} : { apiAccess: Number(change.apiAccess) }),
      }),
    )
    this.#onApiAccess()
    return view
  }

  async #change(
    caller: KeyCaller | SessionCaller,
    orgId: string,
    action: string,
    what: unknown,
    ip: string,
    decide: (row: OrganizationRow) => Partial<OrganizationRow>,
  ): Promise<OrganizationView> {
    return this.#db.transaction().execute(async (tx) => {
      const row = await lockOrganization(tx, orgId)
      if (row === undefined) throw notFound()
      const change = decide(row)
      if (Object.keys(change).length === 0) return viewOrganization(row)
      await tx.updateTable('organization').set(change).where('id', '=', orgId).execute()
      await audit(tx, this.#clock.now(), {
        orgId,
        caller,
        action,
        target: orgId,
        ip,
        details: { change: what },
      })
      return viewOrganization({ ...row, ...change })
    })
  }

  /** Deletes what organizations do not want to keep so long. */
  async applyRetention(): Promise<void> {
    const rows = await this.#db
      .selectFrom('organization')
      .select(['id', 'retention'])
      .where('retention', '!=', '{}')
      .execute()
    for (const row of rows) {
      const { auditDays } = retentionOf(row)
      if (auditDays === null) continue
      await this.#db
        .deleteFrom('audit')
        .where('orgId', '=', row.id)
        .where('at', '<', this.#clock.now() - auditDays * DAY_MS)
        .execute()
    }
  }
}

const retentionOf = (row: { retention: string }): Retention => ({
  ...NO_RETENTION,
  ...(JSON.parse(row.retention) as Partial<Retention>),
})

const viewOrganization = (row: OrganizationRow): OrganizationView => ({
  id: row.id,
  name: row.name,
  rootUsername: row.rootUsername,
  apiAccess: row.apiAccess === 1,
  allowedOrigins: JSON.parse(row.allowedOrigins) as string[],
  branding: brandingOf(row),
  retention: retentionOf(row),
  createdAt: new Date(row.createdAt).toISOString(),
})

const notFound = () => new NotFound('organization_not_found', 'There is no such organization')

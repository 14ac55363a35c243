import { mkdirSync } from 'node:fs'
import { type AccountParts, createAccounts } from './accounts/wire.ts'
import { Attachments } from './chat/attachments.ts'
import { Chat } from './chat/chat.ts'
import { type Clock, systemClock } from './clock.ts'
import { type Config, ownUrl } from './config.ts'
import { migrate } from './db/migrate.ts'
import { type Database, openDatabase } from './db/open.ts'
import { Browsers } from './http/browsers.ts'
import { Jobs } from './jobs.ts'
import { KeptAnswers } from './http/kept-answers.ts'
import { Idempotency } from './http/idempotency.ts'
import { RateLimits } from './http/rate-limits.ts'
import { Keys } from './keys/keys.ts'
import { OpenViduKeys } from './keys/openvidu-keys.ts'
import { LiveKit } from './livekit/client.ts'
import { Egress } from './livekit/egress.ts'
import type { LiveKitCredentials } from './livekit/grants.ts'
import type { Logger } from './log.ts'
import { Voice } from './livekit/voice.ts'
import { Meetings } from './meetings/meetings.ts'
import { OAuthClients } from './oauth/clients.ts'
import { OAuthGrants } from './oauth/grants.ts'
import { OAuth } from './oauth/oauth.ts'
import { BuiltinDriver } from './recordings/builtin/builtin.ts'
import { Consents } from './recordings/consents.ts'
import { EgressDriver } from './recordings/egress-driver.ts'
import { Recordings } from './recordings/recordings.ts'
import { Runs } from './recordings/runs.ts'
import { Trash } from './recordings/trash.ts'
import { UserRights } from './meetings/user-rights.ts'
import { Grants } from './meetings/may.ts'
import { Moderation } from './meetings/moderation.ts'
import { Entry } from './rooms/entry.ts'
import { RoomMembers } from './rooms/members.ts'
import { Rooms } from './rooms/rooms.ts'
import { CalendarFeeds } from './scheduled/feeds.ts'
import { Invitations } from './scheduled/invitations.ts'
import { ScheduledMeetings } from './scheduled/scheduled.ts'
import { loadSecrets } from './secrets.ts'
import { openStorage } from './storage/open.ts'
import type { Storage } from './storage/storage.ts'
import { Vault } from './vault.ts'
import { DisabledNotice } from './webhooks/disabled-notice.ts'
import { Dispatcher } from './webhooks/dispatcher.ts'
import { Feed } from './webhooks/feed.ts'
import { GlobalWebhook } from './webhooks/global-webhook.ts'
import { deleteEventsBefore } from './webhooks/outbox.ts'
import { Sender } from './webhooks/sender.ts'
import { deleteDeliveriesBefore } from './webhooks/store.ts'
import { Webhooks } from './webhooks/webhooks.ts'
import { WaitingRoom } from './waiting-room/waiting-room.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** How long events, and what was sent of them, stay to be read again. */
const EVENTS_KEPT_MS = 7 * 24 * HOUR_MS

/** Where LiveKit is and how it does; filled in by main.ts once the child runs. */
export interface LiveKitPlace {
  /** Address of its HTTP API. Throws while there is none. */
  url(): string
  /** Why it cannot be used, or null. */
  fault(): string | null
}

/** Everything that lives as long as the process. Built in order, undone backwards by {@link Context.close}. */
export interface Context extends AccountParts {
  config: Config
  log: Logger
  clock: Clock
  database: Database
  /** Bytes of recordings and attachments. */
  storage: Storage
  credentials: LiveKitCredentials
  livekitPlace: LiveKitPlace
  /** Where this process serves what only itself may see, on loopback; filled in by serve.ts. */
  inside: { url: string | null }
  livekit: LiveKit
  keys: Keys
  oauth: OAuth
  oauthGrants: OAuthGrants
  oauthClients: OAuthClients
  rooms: Rooms
  entry: Entry
  /** Signs what is said in meetings. */
  voice: Voice
  meetings: Meetings
  recordings: Recordings
  consents: Consents
  trash: Trash
  runs: Runs
  /** Set where LiveKit Egress records: LiveKit's webhooks tell it how an egress stands. */
  egressDriver: EgressDriver | null
  scheduled: ScheduledMeetings
  calendarFeeds: CalendarFeeds
  moderation: Moderation
  waitingRoom: WaitingRoom
  chat: Chat
  attachments: Attachments
  roomMembers: RoomMembers
  browsers: Browsers
  rateLimits: RateLimits
  keptAnswers: KeptAnswers
  idempotency: Idempotency
  jobs: Jobs
  feed: Feed
  webhooks: Webhooks
  globalWebhook: GlobalWebhook
  openViduKeys: OpenViduKeys
  dispatcher: Dispatcher
  /** One-time token of the setup link, while nobody administers this deployment. */
  setupToken: string | null
  /** Where a browser that reached us as `baseUrl` connects its LiveKit client. */
  livekitUrlFor(baseUrl: string): string
  close(): Promise<void>
}

/** Opens and migrates the database and wires the domains. `overrides` is for tests that steer time. */
export async function createContext(
  config: Config,
  log: Logger,
  overrides: { clock?: Clock } = {},
): Promise<Context> {
  const clock = overrides.clock ?? systemClock
  mkdirSync(config.dataDir, { recursive: true })
  const secrets = loadSecrets(config)
  const database = await openDatabase(config, log.child({ name: 'database' }))
  try {
    await migrate(database.db, database.dialect)

    const credentials: LiveKitCredentials = config.livekit.external ?? {
      apiKey: 'parley',
      apiSecret: secrets.livekit,
    }
    const place: { current: LiveKitPlace } = { current: placeOf(config) }
    const voice = new Voice(credentials.apiSecret)
    const livekit = new LiveKit({
      credentials,
      voice,
      url: () => place.current.url(),
      emptyTimeoutSeconds: config.meeting.emptyTimeoutSeconds,
      departureTimeoutSeconds: config.meeting.departureTimeoutSeconds,
      log: log.child({ name: 'livekit' }),
    })
    const rateLimits = new RateLimits(config, log.child({ name: 'limits' }))
    const common = { database, config, clock }
    const { privateAddresses } = config.webhooks
    const webhookParts = {
      database,
      db: database.db,
      clock,
      log: log.child({ name: 'webhooks' }),
      vault: new Vault(secrets.vault),
      sender: new Sender({
        allowsPrivate: privateAddresses === 'allowed' || (privateAddresses === 'local' && config.localMode),
      }),
    }
    const { vault } = webhookParts
    const webhooks = new Webhooks(webhookParts)
    const globalWebhook = new GlobalWebhook({ ...webhookParts, webhooks })
    const keys = new Keys({
      ...common,
      log: log.child({ name: 'keys' }),
      vault,
      onRevoke: (tx, orgId, keyId) => globalWebhook.keyRevoked(tx, orgId, keyId),
    })
    const openViduKeys = new OpenViduKeys({ ...webhookParts, keys, globalWebhook })
    const waitingRoom = new WaitingRoom({ ...common, livekit, log: log.child({ name: 'waiting room' }) })
    const meetings = new Meetings({ ...common, livekit, log: log.child({ name: 'meetings' }) })
    const entry = new Entry({
      ...common,
      livekit,
      credentials,
      waitingRoom,
      notice: (roomId, identity) => meetings.notice(roomId, identity),
    })
    const userRights = new UserRights({ ...common, livekit })
    const accounts = createAccounts({
      ...common,
      secrets,
      vault,
      log,
      onUserChange: (orgId, username) => userRights.changed(orgId, username),
      onApiAccess: () => keys.forgetAll(),
    })
    const setupToken = await accounts.accounts.prepare()
    if (config.seed.apiKey !== null) {
      await keys.seed(config.seed.apiKey)
      if (config.seed.webhookUrl !== null) await globalWebhook.seed(config.seed.webhookUrl)
    }
    const oauth = new OAuth({ ...common, log: log.child({ name: 'oauth' }) })
    const grants = new Grants({ database, livekit })
    const moderation = new Moderation({ ...common, livekit, grants })
    const rooms = new Rooms({
      ...common,
      livekit,
      log: log.child({ name: 'rooms' }),
      onSettings: (room) => moderation.settingsChanged(room),
    })
    const storage = await openStorage(config)
    const chat = new Chat({ ...common, livekit })
    const attachments = new Attachments({ ...common, storage, chat })

    const inside: Context['inside'] = { url: null }
    const egressDriver =
      config.recording.driver === 'egress'
        ? new EgressDriver({
            egress: new Egress({ url: () => place.current.url(), credentials }),
            config,
            pageUrl: () => `${ownUrl(config)}/recorder`,
            log: log.child({ name: 'recorder' }),
          })
        : null
    const runs = new Runs({
      ...common,
      livekit,
      grants,
      storage,
      driver:
        egressDriver ??
        new BuiltinDriver({
          storage,
          credentials,
          livekitUrl: () => place.current.url(),
          pageUrl: () => `${inside.url}/recorder`,
          chromiumBin: config.recording.chromiumBin,
          log: log.child({ name: 'recorder' }),
        }),
      concurrency: config.recording.concurrency,
      log: log.child({ name: 'recordings' }),
    })
    const trash = new Trash({ db: database.db, storage, log: log.child({ name: 'recordings' }) })
    const recordings = new Recordings({ ...common, livekit, runs, trash })
    const invitations = new Invitations({
      db: database.db,
      clock,
      log: log.child({ name: 'invitations' }),
      deliver: accounts.mailer.isOn ? (mail) => accounts.mailer.deliver(mail) : null,
      sender: config.mail?.from ?? null,
    })
    const notice = new DisabledNotice({ config, mail: invitations })
    const dispatcher = new Dispatcher({ ...webhookParts, notice })
    const scheduled = new ScheduledMeetings({ ...common, rooms, invitations })
    const calendarFeeds = new CalendarFeeds({
      db: database.db,
      config,
      clock,
      secret: secrets.feeds,
      scheduled,
      invitations,
    })

    const roomMembers = new RoomMembers({
      ...common,
      rooms,
      onChange: (room, memberId, member) => moderation.memberChanged(room, memberId, member),
    })
    const idempotency = new Idempotency({ db: database.db, clock })
    const jobs = new Jobs({
      db: database.db,
      clock,
      log: log.child({ name: 'jobs' }),
      jobs: [
        { name: 'expired-rooms', everyMs: MINUTE_MS, run: () => rooms.deleteExpired() },
        { name: 'scheduled-meetings', everyMs: MINUTE_MS, run: () => scheduled.callOffOrphans() },
        { name: 'oauth', everyMs: HOUR_MS, run: () => oauth.clean() },
        { name: 'media-trash', everyMs: MINUTE_MS, run: () => trash.empty() },
        { name: 'retention', everyMs: HOUR_MS, run: () => accounts.organizations.applyRetention() },
        { name: 'attachments', everyMs: MINUTE_MS, run: () => attachments.clean() },
        { name: 'knocks', everyMs: HOUR_MS, run: () => waitingRoom.clean() },
        { name: 'idempotency', everyMs: HOUR_MS, run: () => idempotency.clean() },
        {
          name: 'outbox',
          everyMs: HOUR_MS,
          run: async () => {
            await deleteDeliveriesBefore(database.db, clock.now() - EVENTS_KEPT_MS)
            await deleteEventsBefore(database.db, clock.now() - EVENTS_KEPT_MS)
          },
        },
      ],
    })
    const feed = new Feed({ db: database.db, log: log.child({ name: 'feed' }) })

    return {
      ...common,
      log,
      storage,
      credentials,
      get livekitPlace() {
        return place.current
      },
      set livekitPlace(found) {
        place.current = found
      },
      inside,
      livekit,
      ...accounts,
      keys,
      oauth,
      oauthGrants: new OAuthGrants({ ...common, log: log.child({ name: 'oauth' }) }),
      oauthClients: new OAuthClients(common),
      rooms,
      entry,
      voice,
      meetings,
      recordings,
      egressDriver,
      trash,
      consents: new Consents({ ...common, runs, grants }),
      runs,
      scheduled,
      calendarFeeds,
      moderation,
      waitingRoom,
      chat,
      attachments,
      roomMembers,
      browsers: new Browsers(secrets.cookies),
      rateLimits,
      keptAnswers: new KeptAnswers(),
      idempotency,
      jobs,
      feed,
      webhooks,
      globalWebhook,
      openViduKeys,
      dispatcher,
      setupToken,
      livekitUrlFor: (baseUrl) =>
        config.livekit.external?.publicUrl ??
        `${baseUrl.replace(/^http/, 'ws').replace(/\/meet$/, '')}/livekit`,
      close: async () => {
        feed.close()
        await dispatcher.close()
        await jobs.close()
        await runs.close()
        await invitations.close()
        waitingRoom.close()
        meetings.close()
        rateLimits.close()
        await keys.close()
        await accounts.mailer.close()
        await database.close()
      },
    }
  } catch (err) {
    await database.close()
    throw err
  }
}

function placeOf(config: Config): LiveKitPlace {
  const { external } = config.livekit
  if (external !== null) return { url: () => external.url.replace(/^ws/, 'http'), fault: () => null }
  return {
    url: () => {
      throw new Error('LiveKit has not started yet')
    },
    fault: () => 'LiveKit has not started yet',
  }
}

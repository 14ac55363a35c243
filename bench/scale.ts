import path from 'node:path'
import { fileURLToPath } from 'node:url'
import SqliteDatabase from 'better-sqlite3'
import { loadConfig } from '../server/config.ts'
import { createContext } from '../server/context.ts'
import { encodeCursor } from '../server/db/paging.ts'
import { mintKey } from '../server/keys/key-format.ts'
import { createLogger } from '../server/log.ts'
import { middle, type Load, type Target, load } from './http.ts'
import { API_KEY, call, Measured, median, startParley, withDirectory } from './process.ts'

const FEW = 100
const MANY = 100_000
/** Distinct keys that take turns in a run. */
const IN_USE = 500
const COUNTED = 10_000_000
const ROUNDS = 3

export interface ScaleResult {
  verify: { keys: number; cpuMicros: number }[]
  getRoom: { keys: number; parley: Load; bare: Load }[]
  paging: { rooms: number; firstMs: number; lastMs: number }[]
}

/** What many keys, many counted requests and many rooms cost. */
export async function benchScale(): Promise<ScaleResult> {
  const verify: ScaleResult['verify'] = []
  const getRoom: ScaleResult['getRoom'] = []
  for (const keys of [FEW, MANY]) {
    await withDirectory(async (dataDir) => {
      const secrets = await fillKeys(dataDir, keys)
      verify.push({ keys, cpuMicros: await verifyCost(dataDir, secrets) })
      getRoom.push({ keys, ...(await compareGetRoom(dataDir, secrets)) })
    })
  }
  const paging = []
  for (const rooms of [1000, MANY]) paging.push(await withDirectory((dataDir) => pageCost(dataDir, rooms)))
  return { verify, getRoom, paging }
}

const environment = (dataDir: string) => ({
  DATA_DIR: dataDir,
  INITIAL_API_KEY: API_KEY,
  LOG_LEVEL: 'warn',
  RATE_LIMITS: 'off',
})

async function openContext(dataDir: string) {
  const config = loadConfig(environment(dataDir))
  return createContext(config, createLogger('warn'))
}

/** A database with so many keys, on which ten million requests have been counted; returns some of the keys. */
async function fillKeys(dataDir: string, keys: number): Promise<string[]> {
  await (await openContext(dataDir)).close()
  const db = new SqliteDatabase(path.join(dataDir, 'parley.sqlite'))
  const addKey = db.prepare(
    `insert into "apiKey" ("id","orgId","environment","name","hash","start","last4","permissions","createdAt","createdBy","requestCount")
     values (?,'org_first','live','bench',?,?,?,'read,write,admin',?,'admin',?)`,
  )
  const addUsage = db.prepare(
    `insert into "keyUsage" ("keyId","hourAt","group","status2xx","status4xx","status5xx") values (?,?,'read',?,0,0)`,
  )
  const secrets: string[] = []
  const now = Date.now()
  const hours = Math.max(1, Math.floor(MANY / keys))
  db.transaction(() => {
    for (let i = 0; i < keys; i++) {
      const minted = mintKey('parley', 'live')
      addKey.run(`key_${i}`, minted.hash, minted.start, minted.last4, now, Math.floor(COUNTED / keys))
      for (let hour = 0; hour < hours; hour++)
        addUsage.run(
          `key_${i}`,
          (Math.floor(now / 3_600_000) - hour) * 3_600_000,
          Math.floor(COUNTED / keys / hours),
        )
      if (i % Math.max(1, Math.floor(keys / IN_USE)) === 0) secrets.push(minted.key)
    }
  })()
  db.close()
  return secrets
}

/** CPU of one verification, in µs, when each key has been seen before. */
async function verifyCost(dataDir: string, secrets: string[]): Promise<number> {
  const ctx = await openContext(dataDir)
  const runs = 100_000
  for (const key of secrets) await ctx.keys.verify(key, '127.0.0.1')
  const before = process.cpuUsage()
  for (let i = 0; i < runs; i++) await ctx.keys.verify(secrets[i % secrets.length] ?? '', '127.0.0.1')
  const { user, system } = process.cpuUsage(before)
  await ctx.close()
  return (user + system) / runs
}

async function compareGetRoom(dataDir: string, secrets: string[]): Promise<{ parley: Load; bare: Load }> {
  const parley = await startParley(dataDir)
  let bare: Measured | undefined
  try {
    const room = await call<{ roomId: string }>(parley.url, 'POST', '/api/v1/rooms', { roomName: 'Daily' })
    const script = fileURLToPath(import.meta.resolve('./bare.js'))
    bare = await Measured.start([script, JSON.stringify({ list: {}, room })], {}, /bare (http:\S+)/)
    const target: Target = { path: `/api/v1/rooms/${room.roomId}`, method: 'GET', keys: secrets }
    const loads: { parley: Load[]; bare: Load[] } = { parley: [], bare: [] }
    for (const one of [parley, bare]) await load(one, target, 2)
    for (let round = 0; round < ROUNDS; round++) {
      loads.bare.push(await load(bare, target, 3))
      loads.parley.push(await load(parley, target, 3))
    }
    return { parley: middle(loads.parley), bare: middle(loads.bare) }
  } finally {
    await bare?.stop()
    await parley.stop()
  }
}

async function pageCost(dataDir: string, rooms: number) {
  await (await openContext(dataDir)).close()
  const db = new SqliteDatabase(path.join(dataDir, 'parley.sqlite'))
  const add = db.prepare(
    `insert into "room" ("roomId","orgId","environment","code","name","ownerId","createdAt","withMeeting","withRecordings","config","roles","access","settings","moderatorSecret","speakerSecret","recordingSecret","status","meetingEndAction","rolesUpdatedAt")
     values (?,'org_first','live',?,?,'admin',?,'when_meeting_ends','close','{}','{}','{"moderator":true,"speaker":true,"recording":true,"user":false}','{}','a','b','c','open','none',?)`,
  )
  const now = Date.now()
  db.transaction(() => {
    for (let i = 0; i < rooms; i++) add.run(`room-${i}`, `code-${i}`, `Room ${i}`, now - i, now)
  })()
  // The newest come first, so the last page begins after the row that is 100 before the end.
  const place = db
    .prepare('select "createdAt" as "value", "seq" from "room" order by "createdAt" asc limit 1 offset 100')
    .get() as { value: number; seq: number }
  db.close()
  const parley = await startParley(dataDir)
  try {
    const list = '/api/v1/rooms?maxItems=100'
    const last = `${list}&nextPageToken=${encodeCursor(place, 'creationDate', 'desc')}`
    return { rooms, firstMs: await cost(parley, list), lastMs: await cost(parley, last) }
  } finally {
    await parley.stop()
  }
}

async function cost(parley: Measured, target: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 300; i++) {
    const startedAt = performance.now()
    const { rooms } = await call<{ rooms: unknown[] }>(parley.url, 'GET', target)
    times.push(performance.now() - startedAt)
    if (rooms.length !== 100) throw new Error(`${target} answered ${rooms.length} rooms`)
  }
  return median(times.slice(50))
}

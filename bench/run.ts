// `npm run bench`: prints a table and writes dist/bench.json. `npm run bench -- http start` runs only those.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { benchCall, benchLobby, type CallResult, type LobbyResult, shareOf } from './browser.ts'
import { benchHttp, type Load } from './http.ts'
import { median, ROOT } from './process.ts'
import { benchStart } from './start.ts'

interface Row {
  what: string
  value: string
  aim?: string
  isMet?: boolean
}

const chosen = process.argv.slice(2)
const wants = (name: string) => chosen.length === 0 || chosen.includes(name)
const results: Record<string, unknown> = {
  at: new Date().toISOString(),
  version: (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string }).version,
  node: process.versions.node,
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
}
const rows: Row[] = []

const built = spawnSync(process.execPath, [path.join(ROOT, 'server/build.js'), '--if-changed'], {
  stdio: 'inherit',
})
if (built.status !== 0) process.exit(1)

const say = (line: string) => process.stdout.write(`${line}\n`)
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const MB = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
const atMost = (value: number, limit: number, aim: string) => ({ aim, isMet: value <= limit })

function addLoad(what: string, { parley, bare }: { parley: Load; bare: Load }, aims: boolean): void {
  const share = parley.requestsPerSecond / bare.requestsPerSecond
  const rate = (load: Load) =>
    `${load.requestsPerSecond.toFixed(0)}/s, p50 ${ms(load.p50Ms)}, p99 ${ms(load.p99Ms)}`
  rows.push(
    { what, value: rate(parley) },
    { what: '  bare Express route', value: rate(bare) },
    {
      what: '  share of the bare route',
      value: `${(share * 100).toFixed(0)} %`,
      ...(aims ? { aim: 'at least 60 %', isMet: share >= 0.6 } : {}),
    },
    {
      what: '  CPU per request',
      value: `${parley.cpuMs.toFixed(3)} ms (bare ${bare.cpuMs.toFixed(3)} ms)`,
      ...(aims ? atMost(parley.cpuMs, 0.25, 'at most 0.25 ms') : {}),
    },
  )
}

if (wants('http')) {
  say('Requests per second ...')
  const http = await benchHttp()
  results.http = http
  addLoad('GET /api/v1/rooms', http.get, true)
  addLoad('POST /api/v1/rooms', http.post, false)
  rows.push({ what: 'Resident after that', value: MB(http.residentBytes) })
}

const addShare = <M extends string>(
  result: Record<'parley' | 'yardstick', Record<M, number[]>>,
  what: string,
  measure: M,
  limit: number | null,
  show = ms,
) => {
  const share = shareOf(result, measure)
  const [ours, theirs] = [result.parley[measure], result.yardstick[measure]]
  const range = `${show(Math.min(...ours))} to ${show(Math.max(...ours))}`
  rows.push({
    what,
    value: `${show(median(ours))} (${range}) of ${show(median(theirs))}: ${share.toFixed(2)}`,
    ...(limit !== null && atMost(share, limit, `at most ${limit}`)),
  })
}

if (wants('lobby')) {
  say('Lobby on a slow line, beside PreJoin of LiveKit ...')
  const lobby: LobbyResult = await benchLobby()
  results.lobby = lobby
  addShare(lobby, 'Form answers, slow 4G and 4x slower CPU', 'formMs', 0.5)
  addShare(lobby, '  all of the lobby', 'completeMs', null)
}

if (wants('browser')) {
  say('Call, beside PreJoin and VideoConference of LiveKit ...')
  const browser: CallResult = await benchCall()
  results.browser = browser
  const { parley, yardstick, least } = browser
  for (const [what, measure, limit] of [
    ['Click on Join to connected', 'connectedMs', 0.6],
    ['  to the first frame of the other', 'remoteFrameMs', 0.6],
    ['  to being seen by the other', 'seenMs', 0.4],
  ] as const) {
    addShare(browser, what, measure, limit)
    addShare({ parley: least, yardstick }, '    a page of livekit-client alone', measure, null)
  }
  addShare(browser, 'CPU seconds per second, call of two', 'cpu', 1, (seconds) => seconds.toFixed(2))
  rows.push(
    {
      what: 'Lobby, page, JS and CSS on the wire',
      value: `${kB(parley.bytes.lobby)} (yardstick ${kB(yardstick.bytes.lobby)})`,
      ...atMost(parley.bytes.lobby, 110_000, 'at most 110 kB'),
    },
    {
      what: 'Call running, page, JS and CSS in all',
      value: `${kB(parley.bytes.all)} (yardstick ${kB(yardstick.bytes.all)})`,
      ...atMost(parley.bytes.all, 300_000, 'at most 300 kB'),
    },
  )
}

if (wants('embed')) {
  say('The element in a page of another origin ...')
  const { benchEmbed } = await import('./embed.ts')
  const embed = await benchEmbed()
  results.embed = embed
  rows.push(
    {
      what: 'Loader of the element, gzip',
      value: kB(embed.loaderBytes),
      ...atMost(embed.loaderBytes, 3000, 'at most 3 kB'),
    },
    {
      what: 'Element shows something after',
      value: ms(embed.shownMs),
      ...atMost(embed.shownMs, 300, 'at most 300 ms'),
    },
    { what: '  and speaks with its page after', value: ms(embed.readyMs) },
  )
}

if (wants('commits')) {
  say('React in a call of 25 ...')
  const { benchCommits } = await import('./commits.ts')
  const commits = await benchCommits()
  results.commits = commits
  rows.push({
    what: 'React commit, 25 people, all changing',
    value: `p95 ${ms(commits.p95Ms)}, p50 ${ms(commits.p50Ms)}, ${commits.perSecond.toFixed(0)} a second`,
    ...atMost(commits.p95Ms, 4, 'p95 at most 4 ms'),
  })
}

if (wants('scale')) {
  say('Many keys and many rooms ...')
  const { benchScale } = await import('./scale.ts')
  const scale = await benchScale()
  results.scale = scale
  for (const { keys, cpuMicros } of scale.verify)
    rows.push({
      what: `Verifying a key, of ${keys}`,
      value: `${cpuMicros.toFixed(1)} µs CPU`,
      ...atMost(cpuMicros, 25, 'at most 25 µs'),
    })
  for (const { keys, parley, bare } of scale.getRoom) {
    const share = parley.requestsPerSecond / bare.requestsPerSecond
    rows.push({
      what: `GET one room, ${keys} keys, 10 million counted`,
      value: `${parley.requestsPerSecond.toFixed(0)}/s, ${(share * 100).toFixed(0)} % of the bare route`,
      aim: 'at least 50 %',
      isMet: share >= 0.5,
    })
  }
  const least = scale.paging[0]?.firstMs ?? Number.NaN
  for (const { rooms, firstMs, lastMs } of scale.paging)
    rows.push({
      what: `Page of 100 rooms, of ${rooms}`,
      value: `first ${ms(firstMs)}, last ${ms(lastMs)}`,
      aim: 'at most 1.3 times of 1000 rooms',
      isMet: Math.max(firstMs, lastMs) <= 1.3 * least,
    })
}

if (wants('webhooks')) {
  say('1,000 events to 50 webhooks ...')
  const { benchWebhooks } = await import('./webhooks.ts')
  const webhooks = await benchWebhooks()
  results.webhooks = webhooks
  rows.push(
    {
      what: '1000 events to 50 webhooks',
      value: `${webhooks.eventsPerSecond.toFixed(0)} events/s (${webhooks.deliveriesPerSecond.toFixed(0)} deliveries/s)`,
    },
    { what: '  time to empty', value: `${(webhooks.emptyMs / 1000).toFixed(1)} s` },
    {
      what: '  GET one room meanwhile',
      value: `p50 ${ms(webhooks.meanwhile.p50Ms)}, p99 ${ms(webhooks.meanwhile.p99Ms)}`,
      ...atMost(webhooks.meanwhile.p50Ms, webhooks.alone.p50Ms + 2, 'p50 at most 2 ms more than alone'),
    },
    {
      what: '  GET one room while rooms are made, too',
      value: `p50 ${ms(webhooks.making.p50Ms)}, p99 ${ms(webhooks.making.p99Ms)}`,
    },
    {
      what: '  GET one room alone',
      value: `p50 ${ms(webhooks.alone.p50Ms)}, p99 ${ms(webhooks.alone.p99Ms)}`,
    },
  )
}

if (wants('chat')) {
  say('200 chat messages a second from 20 bots ...')
  const { benchChat } = await import('./chat.ts')
  const chat = await benchChat()
  results.chat = chat
  rows.push(
    {
      what: 'Chat messages from 20 bots in one room',
      value: `${chat.perSecond.toFixed(0)}/s, ${chat.lost} lost or out of order`,
      aim: '200/s, none',
      isMet: chat.lost === 0 && chat.perSecond >= 190,
    },
    {
      what: '  heard by everybody after',
      value: `p50 ${ms(chat.delivered.p50Ms)}, p95 ${ms(chat.delivered.p95Ms)}`,
      ...atMost(chat.delivered.p95Ms, 250, 'p95 at most 250 ms'),
    },
    {
      what: '  a letter typed in the page meanwhile',
      value: `p95 ${ms(chat.typedP95Ms)}, longest task ${ms(chat.longestTaskMs)}`,
      ...atMost(chat.typedP95Ms, 100, 'p95 at most 100 ms'),
    },
  )
}

if (['recording', 'recording-2', 'recording-6'].some(wants)) {
  say('Recording ...')
  const { benchFinish, benchRecording } = await import('./recording.ts')
  const film = path.join(ROOT, 'dist/bench-film.mp4')
  const recordings = []
  for (const tiles of [2, 6])
    if (wants('recording') || wants(`recording-${tiles}`)) recordings.push(await benchRecording(tiles, film))
  const finished = await benchFinish(film)
  results.recording = { recordings, finished }
  for (const { tiles, cpuSecondsPerMinute, framesPerSecond, memoryBytes, downloadableMs } of recordings)
    rows.push(
      {
        what: `Recording 720p30, ${tiles} tiles, per minute`,
        value: `${cpuSecondsPerMinute.toFixed(0)} CPU seconds, ${framesPerSecond.toFixed(1)} frames/s, ${MB(memoryBytes)}`,
      },
      {
        what: '  stop to downloadable',
        value: ms(downloadableMs),
        ...atMost(downloadableMs, 2000, 'at most 2 s'),
      },
    )
  for (const { minutes, bytes, finishMs } of finished)
    rows.push({
      what: `  of that, index and sync of ${minutes} min (${MB(bytes)})`,
      value: ms(finishMs),
      ...atMost(finishMs, 2000, 'at most 2 s'),
    })
  // LiveKit's client keeps the process alive.
  const { dispose } = await import('@livekit/rtc-node')
  await dispose()
}

if (wants('start')) {
  say('Starts ...')
  const start = await benchStart()
  results.start = start
  rows.push(
    { what: 'First start to ready (built)', value: ms(start.firstMs) },
    { what: 'Later start to ready', value: ms(start.laterMs), ...atMost(start.laterMs, 2000, 'under 2 s') },
    {
      what: 'Resident when idle',
      value: MB(start.idleResidentBytes),
      ...atMost(start.idleResidentBytes, 130e6, 'at most 130 MB'),
    },
  )
}

const widths = [
  Math.max(...rows.map((row) => row.what.length)),
  Math.max(...rows.map((row) => row.value.length)),
]
say('')
for (const { what, value, aim, isMet } of rows) {
  const verdict = aim === undefined ? '' : `${aim}${isMet === true ? '' : '  MISSED'}`
  say(`${what.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${verdict}`.trimEnd())
}
writeFileSync(path.join(ROOT, 'dist/bench.json'), `${JSON.stringify(results, null, 2)}\n`)
say('\nAll figures: dist/bench.json')

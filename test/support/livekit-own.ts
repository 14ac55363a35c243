import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { livekitBinary } from './livekit-child.ts'
import { eventually } from './parley.ts'
import { freePort } from './processes.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'

/** A LiveKit that no Parley started, as deployments with several servers have. */
export interface OwnLiveKit {
  url: string
  /** What makes a Parley use it. */
  env: Record<string, string>
  /** With `redis`: its address. */
  redis: string | null
  stop: () => void
}

/** `webhookUrls`: where it tells of rooms. With `hasRedis` a Redis of its own runs beside it, as egress needs it. */
export async function startLiveKit(
  dir: string,
  { hasRedis = false, webhookUrls = [] }: { hasRedis?: boolean; webhookUrls?: string[] } = {},
): Promise<OwnLiveKit> {
  const [redisPort, http, tcp, udp] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const children: ChildProcess[] = []
  if (hasRedis)
    children.push(
      spawn(
        'redis-server',
        ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', dir],
        {
          stdio: 'ignore',
        },
      ),
    )
  const redis = hasRedis ? `127.0.0.1:${redisPort}` : null
  const file = path.join(dir, 'livekit.yaml')
  await writeFile(
    file,
    [
      `port: ${http}`,
      `bind_addresses: ['127.0.0.1']`,
      redis === null ? '' : `redis: { address: '${redis}' }`,
      `rtc: { tcp_port: ${tcp}, udp_port: ${udp}, use_external_ip: false, node_ip: 127.0.0.1 }`,
      'room: { auto_create: false }',
      `keys: { parley: ${SECRET} }`,
      webhookUrls.length === 0 ? '' : `webhook: { api_key: parley, urls: ${JSON.stringify(webhookUrls)} }`,
      '',
    ].join('\n'),
  )
  children.push(spawn(await livekitBinary(), ['--config', file], { stdio: 'ignore' }))
  await eventually(
    'LiveKit answering',
    () =>
      fetch(`http://127.0.0.1:${http}`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (isUp) => isUp,
    20_000,
  )
  return {
    url: `ws://127.0.0.1:${http}`,
    env: {
      LIVEKIT_URL: `ws://127.0.0.1:${http}`,
      LIVEKIT_API_KEY: 'parley',
      LIVEKIT_API_SECRET: SECRET,
    },
    redis,
    stop: () => {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

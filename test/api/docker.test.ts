import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { lacksSecureContext, loadConfig } from '../../server/config.ts'
import { LIVEKIT_VERSION } from '../../server/livekit/binary.ts'
import { WEBHOOK_PATH } from '../../server/livekit/webhook.ts'
import { livekitBinary } from '../support/livekit-child.ts'

const root = path.join(import.meta.dirname, '../..')
const docker = path.join(root, 'docker')
const read = (file: string) => readFileSync(path.join(docker, file), 'utf8')

/** What `docker/.env.example` asks for, filled in. */
const FILLED = { DOMAIN: 'meet.example.com', NODE_IP: '203.0.113.7', LIVEKIT_API_SECRET: 's'.repeat(64) }

interface Service {
  image?: string
  environment: Record<string, string>
  ports?: (string | { published: number; target: number; protocol: string })[]
  entrypoint?: string[]
  volumes: string[]
}

const withoutVariables = Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in FILLED)))
const compose = (env: Record<string, string>) =>
  spawnSync('docker-compose', ['-f', path.join(docker, 'compose.yaml'), 'config'], {
    encoding: 'utf8',
    env: { ...withoutVariables, ...env },
  })
const hasCompose = spawnSync('docker-compose', ['version']).status === 0

/** The compose file as Compose itself reads it, or else the YAML with its variables filled in. */
let known: Record<string, Service> | null = null
function services(): Record<string, Service> {
  if (known !== null) return known
  let text = read('compose.yaml').replace(
    /\$\{(\w+)(:[?-][^}]*)?\}/g,
    (_all, name: string) => (FILLED as Record<string, string>)[name] ?? '',
  )
  if (hasCompose) {
    const { stdout, stderr, status } = compose(FILLED)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    text = stdout
  }
  known = (parse(text) as { services: Record<string, Service> }).services
  return known
}

function service(name: string): Service {
  const found = services()[name]
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`)
  return found
}

/** Dockerfile instructions, lines that end in a backslash joined. */
const instructions = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
const instruction = (name: string) =>
  lastStage.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
const imageEnv = Object.fromEntries((instruction('ENV') ?? '').split(/\s+/).map((pair) => pair.split('=')))

describe('the compose file', () => {
  it('gives Parley a configuration that it accepts: https by a proxy that it trusts', () => {
    const config = loadConfig({ ...imageEnv, ...service('parley').environment })
    expect(config.http).toMatchObject({
      host: '0.0.0.0',
      port: 6080,
      publicUrl: 'https://meet.example.com',
      trustProxy: 1,
    })
    expect(config.livekit.external).toEqual({
      url: 'ws://livekit:7880',
      publicUrl: 'wss://meet.example.com/livekit',
      apiKey: 'parley',
      apiSecret: FILLED.LIVEKIT_API_SECRET,
    })
    expect(config.localMode).toBe(false)
    expect(lacksSecureContext(config)).toBe(false)
  })

  it('keeps what must last in volumes', () => {
    expect(service('parley').volumes.map((volume) => volume.split(':').at(1))).toContain(imageEnv.DATA_DIR)
    expect(service('caddy').volumes.map((volume) => volume.split(':').at(1))).toContain('/data')
  })

  it('runs the LiveKit that Parley is tested with, which tells Parley of its rooms', () => {
    const livekit = service('livekit')
    expect(livekit.image).toBe(`livekit/livekit-server:v${LIVEKIT_VERSION}`)
    expect(parse(livekit.environment.LIVEKIT_KEYS ?? '')).toEqual({ parley: FILLED.LIVEKIT_API_SECRET })
    const [shell, flag, script] = livekit.entrypoint ?? []
    expect([shell, flag]).toEqual(['/bin/sh', '-c'])
    const command = script
      ?.split('\n')[0]
      ?.replace('/etc/livekit.yaml', path.join(root, 'livekit.yaml'))
      .replace(/> \S+$/, '')
    const config = parse(execFileSync('sh', ['-c', command ?? ''], { encoding: 'utf8' })) as {
      webhook: { api_key: string; urls: string[] }
      rtc: { udp_port: number; tcp_port: number }
    }
    expect(config.webhook).toEqual({ api_key: 'parley', urls: [`http://parley:6080${WEBHOOK_PATH}`] })
    const { udp_port: udp, tcp_port: tcp } = config.rtc
    expect(published(livekit).sort()).toEqual([`${tcp}:${tcp}/tcp`, `${udp}:${udp}/udp`])
  })

  it('opens nothing else to the world than media and the reverse proxy', () => {
    expect(published(service('parley'))).toEqual([])
    expect(published(service('caddy')).sort()).toEqual(['443:443/tcp', '443:443/udp', '80:80/tcp'])
    expect(Object.keys(services()).sort()).toEqual(['caddy', 'livekit', 'parley'])
  })

  it.skipIf(!hasCompose).each(Object.keys(FILLED))('says that %s is missing', (name) => {
    const { stderr, status } = compose({ ...FILLED, [name]: '' })
    expect(status).not.toBe(0)
    expect(stderr).toContain(name)
  })

  it('asks in .env.example for each variable that it needs', () => {
    const namesIn = (text: string, pattern: RegExp) =>
      new Set([...text.matchAll(pattern)].map((match) => match[1]))
    expect(namesIn(read('.env.example'), /^#?(\w+)=/gm)).toEqual(namesIn(read('compose.yaml'), /\$\{(\w+)/g))
  })
})

const published = ({ ports = [] }: Service): string[] =>
  ports.map((port) => (typeof port === 'string' ? port : `${port.published}:${port.target}/${port.protocol}`))

describe('the image', () => {
  it('runs as a user who is not root, keeps data in a volume and tells its health', () => {
    expect(instruction('USER')).toBe('node')
    expect(instruction('VOLUME')).toBe(imageEnv.DATA_DIR)
    expect(instruction('HEALTHCHECK')).toContain('/health')
    const node = instructions
      .filter((line) => line.startsWith('FROM '))
      .map((line) => /^FROM node:(\d+)/.exec(line)?.[1])
    expect(node).toEqual(['20', '20'])
  })
})

describe.skipIf(!existsSync(path.join(root, 'dist/server/main.js')))('what is copied into the image', () => {
  const copied = lastStage
    .filter((line) => line.startsWith('COPY --from=build '))
    .map((line) => line.split(' ').slice(2))
    .map((files) => ({ sources: files.slice(0, -1), target: files.at(-1) ?? '' }))
  let binary: string
  beforeAll(async () => {
    binary = await livekitBinary()
  })

  it('is enough to run: the health check passes and SIGTERM ends it', async () => {
    const image = mkdtempSync(path.join(tmpdir(), 'parley-image-'))
    for (const { sources, target } of copied) {
      for (const source of sources) {
        const from = path.join(root, path.relative('/app', source))
        cpSync(
          from,
          path.join(image, target.endsWith('/') ? path.join(target, path.basename(source)) : target),
          {
            recursive: true,
            dereference: true,
          },
        )
      }
    }
    const env = {
      PATH: process.env.PATH,
      ...imageEnv,
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
      DATA_DIR: path.join(image, 'data'),
      LIVEKIT_SERVER_BIN: binary,
    }
    const [command = '', ...args] = JSON.parse(instruction('ENTRYPOINT') ?? '[]') as string[]
    const server = spawn(command, args, { cwd: image, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk) => (output += String(chunk)))
    try {
      const [check = '', ...checkArgs] = JSON.parse(
        /CMD (\[.*\])$/.exec(instruction('HEALTHCHECK') ?? '')?.[1] ?? '[]',
      ) as string[]
      const deadline = Date.now() + 20_000
      while (spawnSync(check, checkArgs, { env }).status !== 0) {
        expect(server.exitCode, output).toBeNull()
        if (Date.now() > deadline) throw new Error(`not healthy within 20 s: ${output}`)
        await delay(200)
      }
    } finally {
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
      rmSync(image, { recursive: true, force: true })
    }
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

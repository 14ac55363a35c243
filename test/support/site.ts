import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Bot, connect } from './bots.ts'
import { livekitBinary } from './livekit-child.ts'
import { isAlive, runningWith } from './processes.ts'
import { runServer, type ServerAttempt, type ServerProcess, startServer } from './server.ts'

/** One installation: all servers started here share a data directory, and each gets this machine's LiveKit. */
export interface Site extends AsyncDisposable {
  /** Temporary; its name stands in the command line of every process that belongs here. */
  dir: string
  /** Below `dir`, made by the first server. */
  dataDir: string
  run: (env?: Record<string, string>) => Promise<ServerAttempt>
  start: (env?: Record<string, string>) => Promise<ServerProcess>
}

/** Disposing it ends, with SIGKILL, whatever runs there still. */
export async function makeSite(): Promise<Site> {
  const dir = await mkdtemp(path.join(tmpdir(), 'parley-site-'))
  const dataDir = path.join(dir, 'data')
  const env = { DATA_DIR: dataDir, LIVEKIT_SERVER_BIN: await livekitBinary() }
  const processes: { pid?: number }[] = []
  return {
    dir,
    dataDir,
    run: async (more = {}) => {
      const attempt = await runServer({ ...env, ...more })
      processes.push(attempt.process)
      return attempt
    },
    start: async (more = {}) => {
      const server = await startServer({ ...env, ...more })
      processes.push(server.process)
      return server
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of processes) if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL')
      for (const pid of runningWith(dir)) process.kill(pid, 'SIGKILL')
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Room links as the REST API answers them. */
export interface RoomAnswer {
  roomId: string
  status: string
  moderatorUrl: string
  speakerUrl: string
}

/** A joining token for the room behind a link, as the call page asks for it. */
export async function mintToken(server: ServerProcess, roomUrl: string, name: string): Promise<string> {
  const { pathname, searchParams } = new URL(roomUrl)
  const { token } = await server.call<{ token: string }>(
    `POST /internal-api/v1/rooms/${pathname.split('/').at(-1)}/members/token`,
    { secret: searchParams.get('secret'), joinMeeting: true, participantName: name },
  )
  return token
}

/** Somebody who is in the meeting behind a link. */
export const joinRoom = async (server: ServerProcess, roomUrl: string, name: string): Promise<Bot> =>
  connect(server, await mintToken(server, roomUrl, name))

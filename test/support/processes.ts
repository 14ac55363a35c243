import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'

/** Not alive is also what has ended and waits for its parent to collect it. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The process that started this one; 1 once that has ended. */
export const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** Addresses with ports on which the process listens, as `ss` shows them: `tcp 127.0.0.1:6080`. */
export async function listening(pid: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ss', ['-H', '-lntup'])
  return stdout
    .split('\n')
    .filter((line) => line.includes(`pid=${pid},`))
    .map((line) => {
      const [protocol, , , , address] = line.trim().split(/\s+/)
      return `${protocol} ${address}`
    })
    .sort()
}

/** The LiveKit child of the Parley on this data directory, by its pid file; null while there is none. */
export function livekitPid(dataDir: string): number | null {
  try {
    return Number(readFileSync(path.join(dataDir, 'livekit/livekit.pid'), 'utf8'))
  } catch {
    return null
  }
}

/** Living processes that have the text in their command line, as LiveKit has its data directory's path. */
export function runningWith(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && isAlive(pid) && commandLine(pid).includes(text))
}

/** A process and all that descend from it. */
export function familyOf(pid: number): number[] {
  const family = new Set([pid])
  // A process can be listed before its parent.
  for (let size = 0; size !== family.size;) {
    size = family.size
    for (const one of readdirSync('/proc').map(Number).filter(Number.isInteger))
      if (isAlive(one) && family.has(parentOf(one))) family.add(one)
  }
  return [...family]
}

/** A port that was free a moment ago, on every address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  server.close()
  await once(server, 'close')
  return port
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

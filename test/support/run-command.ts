import { spawn } from 'node:child_process'

export interface Ended {
  code: number | null
  stdout: string
  /** What was written to both, in order. */
  output: string
}

/** Runs a command to its end; past the deadline it is killed, and the code is null. */
export function runCommand(
  command: string,
  args: string[],
  { cwd, env, withinMs = 60_000 }: { cwd: string; env?: Record<string, string>; withinMs?: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // So that what it started ends with it.
      detached: true,
    })
    let stdout = ''
    let output = ''
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString()
      output += bytes.toString()
    })
    child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, withinMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout, output })
    })
  })
}

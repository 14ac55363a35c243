import { execFileSync } from 'node:child_process'
import { open, rm, statfs } from 'node:fs/promises'
import path from 'node:path'

/** A file system of its own, that can be filled without harm to others. */
export interface SmallDisk extends AsyncDisposable {
  freeBytes: () => Promise<number>
  /** Takes so much of it that only `leave` bytes are free. */
  fill: (leave: number) => Promise<void>
  /** Gives back what `fill` took. */
  relieve: () => Promise<void>
}

/** Mounts one at an existing folder; null where this user may not. */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk | null> {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'parley-test', folder], {
      stdio: 'ignore',
    })
  } catch {
    return null
  }
  const ballast = path.join(folder, 'ballast')
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  }
  return {
    freeBytes,
    fill: async (leave) => {
      const handle = await open(ballast, 'a')
      try {
        const piece = Buffer.alloc(65_536)
        // Others write meanwhile, so the last piece may find less than there was.
        for (let free = await freeBytes(); free > leave; free = await freeBytes())
          await handle.write(piece, 0, Math.min(piece.length, free - leave)).catch(() => undefined)
      } finally {
        await handle.close()
      }
    },
    relieve: () => rm(ballast, { force: true }),
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['-l', folder])
    },
  }
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { z } from 'zod'

/** Name of the file that makes a directory a backup, beside the folder {@link FILES_FOLDER}. */
export const MANIFEST = 'manifest.json'
/** Holds a data directory as it was. */
export const FILES_FOLDER = 'data'
/** Name of the SQLite database in the data directory. */
export const DATABASE_FILE = 'parley.sqlite'

/** Relative, with `/` between its parts, and never above where it starts. */
const safePath = z
  .string()
  .refine((path) => path.split('/').every((part) => !/^(\.{0,2})$|[\\\0]/.test(part)))

export const Manifest = z.object({
  /** Raised when a backup of today could not be restored by the release before. */
  format: z.literal(1),
  /** The release that made it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres']),
  files: z.array(
    z.object({
      path: safePath,
      sizeBytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      mode: z.int(),
    }),
  ),
})
export type Manifest = z.infer<typeof Manifest>

export interface Copied {
  sizeBytes: number
  sha256: string
}

/** Copies a file to a new one with `mode` and waits until it is on the disk. What is returned is what was written. */
export async function copyFile(from: string, to: string, mode: number): Promise<Copied> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const target = await open(to, 'wx', 0o600)
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer // a stream without an encoding gives nothing else
      hash.update(bytes)
      sizeBytes += bytes.length
      await target.writeFile(bytes)
    }
    // After opening: the process' umask has no say in it.
    await target.chmod(mode & 0o777)
    await target.sync()
  } finally {
    await target.close()
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

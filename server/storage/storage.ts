import type { Readable } from 'node:stream'

/** Bytes `start` to `end`, both included, as in HTTP (RFC 9110, 14.1.1); without `end` to the last one. */
export interface ByteRange {
  start: number
  end?: number
}

export interface StoredFile {
  key: string
  sizeBytes: number
}

/**
 * Where media and attachments lie. A key is a path such as `recordings/rec_1.mp4`: parts of letters, digits and
 * `. _ -`, none beginning with a dot, at most 500 characters. Any other key throws a plain Error: keys are made
 * by us, so a bad one is a fault of ours. No key may be the folder of another.
 */
export interface Storage {
  /**
   * Stores what the stream gives and returns its size in bytes; what stood under the key is replaced at once when
   * all of it is safely there, and stays as it was if anything fails. Of two at once the later to finish wins.
   * Throws Unavailable `storage_full` when the space runs out, and the stream's own error if that fails.
   */
  put(key: string, content: Readable): Promise<number>
  /**
   * The bytes, from one moment even if they are replaced while they are read. A range is cut to what there is.
   * Throws NotFound `file_not_found`.
   */
  get(key: string, range?: ByteRange): Promise<Readable>
  /** Size in bytes. Throws NotFound `file_not_found`. */
  size(key: string): Promise<number>
  /** Removes it for good; what is not there is no error. */
  delete(key: string): Promise<void>
  /**
   * A file that grows where programs of this machine write it, and is stored as it goes. What stood under the key
   * is there already, so that one whose writer died is gone on with: where its machine is gone as well, with what
   * had been stored until then. With `isFresh` nothing is looked for: it can begin while the storage is away.
   */
  grow(key: string, isFresh?: boolean): Promise<Growing>
  /** Why there is too little room for anything long, for people; null while there is enough. */
  lacksSpace(): Promise<string | null>
  /** What is stored below a folder (`recordings`), or everything; in no order. */
  list(folder?: string): AsyncIterable<StoredFile>
}

/** See {@link Storage.grow}. */
export interface Growing {
  /** Absolute path of the file; its folder exists. */
  path: string
  /**
   * Call it when nobody writes any more: resolves with the size once all of it is safely stored. From `changedFrom`
   * on, and in the first 5 MiB, bytes may be others than they were once; without it, anywhere.
   */
  finish(changedFrom?: number): Promise<number>
  /** Call it instead when nothing of it is wanted. What is there already is removed; never rejects. */
  drop(): Promise<void>
}

const PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/

/** Throws for a key that could lead anywhere but to its own place (see {@link Storage}). */
export function checkKey(key: string): string {
  const isSafe = key.length <= 500 && key.split('/').every((part) => PART.test(part))
  if (!isSafe) throw new Error(`not a storage key: ${JSON.stringify(key.slice(0, 100))}`)
  return key
}

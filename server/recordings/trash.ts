import type { Db } from '../db/open.ts'
import type { Logger } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import { deleteMediaTrash, listMediaTrash } from './store.ts'

const BATCH = 200

/** Deletes the files of deleted records. What fails stays listed and is tried again by a job. */
export class Trash {
  readonly #db: Db
  readonly #storage: Storage
  readonly #log: Logger

  constructor(options: { db: Db; storage: Storage; log: Logger }) {
    this.#db = options.db
    this.#storage = options.storage
    this.#log = options.log
  }

  async empty(): Promise<void> {
    for (const { key } of await listMediaTrash(this.#db, BATCH)) {
      try {
        await this.#storage.delete(key)
        await deleteMediaTrash(this.#db, key)
      } catch (err) {
        this.#log.warn({ err, key }, 'a file of a deleted recording stays, its deletion is tried again')
      }
    }
  }
}

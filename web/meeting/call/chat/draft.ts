import { createStore, type StoreApi } from 'zustand/vanilla'
import { ApiError } from '../../api-error.ts'
import type { Attachment } from '../../messages.ts'

/** As the server has it in server/chat/schema.ts. */
export const MAX_FILE_BYTES = 25 * 1024 * 1024
export const MAX_FILES = 10

export type FileFault = 'too-large' | 'too-many' | 'empty' | 'not-allowed' | 'full-disk' | 'failed'

/** A file that will go with the next message. */
export interface DraftFile {
  key: number
  name: string
  sizeBytes: number
  state: 'sending' | 'ready' | 'failed'
  /** 0 to 1. */
  progress: number
  /** An object URL for images. */
  preview: string | null
  attachment: Attachment | null
}

interface DraftParts {
  upload: (
    file: File,
    options: { onProgress: (part: number) => void; signal: AbortSignal },
  ) => Promise<Attachment>
  onFault: (fault: FileFault, name: string) => void
  preview: { make: (file: File) => string; drop: (url: string) => void }
}

const IMAGE = /^image\/(png|jpeg|gif|webp|avif)$/

/** The files of the message being written. They are sent at once, the message takes them along. */
export class Draft {
  readonly store: StoreApi<{ files: readonly DraftFile[] }> = createStore<{ files: readonly DraftFile[] }>(
    () => ({ files: [] }),
  )
  #parts: DraftParts
  #next = 1
  #uploads = new Map<number, { abort: AbortController; file: File }>()

  constructor(parts: DraftParts) {
    this.#parts = parts
  }

  add(files: readonly File[]): void {
    for (const file of files) {
      const fault = this.#faultOf(file)
      if (fault) {
        this.#parts.onFault(fault, file.name)
        if (fault === 'too-many') return
        continue
      }
      const key = this.#next++
      const preview = IMAGE.test(file.type) ? this.#parts.preview.make(file) : null
      const entry = { key, name: file.name, sizeBytes: file.size, preview, attachment: null }
      this.store.setState(({ files: others }) => ({
        files: [...others, { ...entry, state: 'sending', progress: 0 }],
      }))
      void this.#send(key, file)
    }
  }

  /** Tries one again that has failed. */
  retry(key: number): void {
    const upload = this.#uploads.get(key)
    if (upload) void this.#send(key, upload.file)
  }

  remove(key: number): void {
    const file = this.store.getState().files.find((one) => one.key === key)
    this.#uploads.get(key)?.abort.abort()
    this.#uploads.delete(key)
    if (file?.preview) this.#parts.preview.drop(file.preview)
    this.store.setState(({ files }) => ({ files: files.filter((one) => one.key !== key) }))
  }

  /** Once its message has been sent. */
  clear(): void {
    for (const { key } of this.store.getState().files) this.remove(key)
  }

  #faultOf(file: File): FileFault | null {
    if (this.store.getState().files.length >= MAX_FILES) return 'too-many'
    if (file.size > MAX_FILE_BYTES) return 'too-large'
    return file.size === 0 ? 'empty' : null
  }

  async #send(key: number, file: File): Promise<void> {
    const abort = new AbortController()
    this.#uploads.set(key, { abort, file })
    this.#change(key, { state: 'sending', progress: 0 })
    try {
      const attachment = await this.#parts.upload(file, {
        onProgress: (progress) => this.#change(key, { progress }),
        signal: abort.signal,
      })
      this.#change(key, { state: 'ready', progress: 1, attachment })
    } catch (error) {
      if (abort.signal.aborted) return
      this.#change(key, { state: 'failed' })
      this.#parts.onFault(explain(error), file.name)
    }
  }

  #change(key: number, change: Partial<DraftFile>): void {
    this.store.setState(({ files }) => ({
      files: files.map((file) => (file.key === key ? { ...file, ...change } : file)),
    }))
  }
}

const explain = (error: unknown): FileFault => {
  if (!(error instanceof ApiError)) return 'failed'
  if (error.status === 413) return 'too-large'
  if (error.status === 403) return 'not-allowed'
  return error.code === 'storage_full' ? 'full-disk' : 'failed'
}

/** 1.4 MB, as people read it; steps of 1024 under the names of 1000, as file managers do. */
export const formatSize = (bytes: number): { value: number; unit: 'B' | 'kB' | 'MB' } => {
  if (bytes < 1024) return { value: bytes, unit: 'B' }
  if (bytes < 1024 * 1024) return { value: Math.round(bytes / 1024), unit: 'kB' }
  return { value: Math.round((bytes / 1024 / 1024) * 10) / 10, unit: 'MB' }
}

/** Image previews that are shown without being asked for; larger ones wait for a press. */
export const MAX_PREVIEW_BYTES = 8 * 1024 * 1024
const MAX_HELD = 40

/**
 * Bytes of images in the chat as object URLs. They come with the token in a header, which an `<img>` cannot send; each
 * is fetched once, and the longest unused are let go.
 */
export class FileViews {
  #load: (id: string) => Promise<Blob>
  #urls = new Map<string, Promise<string>>()

  constructor(load: (id: string) => Promise<Blob>) {
    this.#load = load
  }

  /** Throws what the server answers. */
  url(id: string): Promise<string> {
    const known = this.#urls.get(id)
    this.#urls.delete(id)
    const url = known ?? this.#load(id).then((blob) => URL.createObjectURL(blob))
    this.#urls.set(id, url)
    url.catch(() => this.#urls.delete(id))
    const [oldest] = this.#urls
    if (this.#urls.size > MAX_HELD && oldest) {
      this.#urls.delete(oldest[0])
      void oldest[1].then((unused) => URL.revokeObjectURL(unused))
    }
    return url
  }

  /** Saves a file under its name. Throws what the server answers. */
  async save(id: string, name: string): Promise<void> {
    const blob = await this.#load(id)
    // Nothing that could be shown: whatever the file calls itself, the browser only saves it.
    const url = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }))
    const link = document.createElement('a')
    link.href = url
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  }
}

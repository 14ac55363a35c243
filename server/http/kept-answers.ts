import type { Request } from 'express'
import type { KeyCaller } from './caller.ts'
import type { AnyEndpoint } from './endpoint.ts'

/** An answer as it goes over the wire. */
export interface RenderedAnswer {
  text: string
  etag: string
  headers: Record<string, string>
}

const MAX_ANSWERS = 500
const MAX_CHARACTERS = 200_000

/**
 * Rendered answers of endpoints that are pure ({@link Endpoint.isPure}), kept until anything in the database
 * changes: pages that poll ask the same again and again.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, RenderedAnswer>()
  #version = ''

  /** What an answer depends on besides the database. */
  static keyOf(target: AnyEndpoint, caller: KeyCaller, baseUrl: string, req: Request): string {
    const fields = `${req.get('x-fields') ?? ''}\n${req.get('x-extrafields') ?? ''}`
    return `${target.path}\n${caller.orgId}\n${caller.environment}\n${baseUrl}\n${req.url}\n${fields}`
  }

  find(version: string, key: string): RenderedAnswer | undefined {
    return version === this.#version ? this.#answers.get(key) : undefined
  }

  /** Keeps an answer made from the database as it was at `version`, read before the work began. */
  keep(version: string, key: string, answer: RenderedAnswer): void {
    if (version !== this.#version || this.#answers.size >= MAX_ANSWERS) {
      this.#answers.clear()
      this.#version = version
    }
    if (answer.text.length <= MAX_CHARACTERS) this.#answers.set(key, answer)
  }
}

import { createTransport, type Transporter } from 'nodemailer'
import { type Config, ownUrl } from '../config.ts'
import type { Logger } from '../log.ts'

export interface Mail {
  to: string
  subject: string
  text: string
  replyTo?: string
  /** A calendar's part: mail programs show its buttons by `method`. */
  icalEvent?: { method: string; filename: string; content: string }
}

/** Sends mail by SMTP_URL; without it nothing is sent. */
export class Mailer {
  readonly #transport: Transporter | null
  readonly #from: string
  readonly #baseUrl: string
  readonly #log: Logger
  readonly #sending = new Set<Promise<void>>()

  constructor(config: Config, log: Logger) {
    this.#transport = config.mail === null ? null : createTransport(config.mail.url)
    this.#from = config.mail?.from ?? ''
    this.#baseUrl = ownUrl(config)
    this.#log = log
  }

  get isOn(): boolean {
    return this.#transport !== null
  }

  /** An address of a page of ours for a mail, which never comes from a request's own Host. */
  link(page: string, token: string): string {
    return `${this.#baseUrl}/${page}?token=${encodeURIComponent(token)}`
  }

  /** Resolves when the mail server has taken the mail; rejects when it refuses, or does not answer. */
  async deliver(mail: Mail): Promise<void> {
    await this.#transport?.sendMail({ from: this.#from, ...mail })
  }

  /** Hands a mail over without waiting; one that cannot be sent is logged without its text. */
  send(mail: Mail): void {
    if (this.#transport === null) return
    const sending = this.#transport.sendMail({ from: this.#from, ...mail }).then(
      () => this.#log.debug({ subject: mail.subject }, 'mail sent'),
      (err: unknown) => this.#log.error({ err, subject: mail.subject }, 'a mail could not be sent'),
    )
    const tracked = sending.finally(() => this.#sending.delete(tracked))
    this.#sending.add(tracked)
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#sending)
    this.#transport?.close()
  }
}

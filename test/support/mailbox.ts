import { SMTPServer } from 'smtp-server'
import type { AddressInfo } from 'node:net'
import { eventually } from './parley.ts'

export interface ReceivedMail {
  from: string
  to: string[]
  subject: string
  /** Decoded. */
  text: string
  /** As it came. */
  source: string
}

/** A real SMTP server that keeps what it is sent. */
export interface Mailbox {
  url: string
  mails: ReceivedMail[]
  /** The next mail to an address, which is taken out. */
  take: (address: string) => Promise<ReceivedMail>
  close: () => Promise<void>
}

/** On a free port unless one is given. */
export async function startMailbox(on = 0): Promise<Mailbox> {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          ...parse(Buffer.concat(chunks).toString('utf8')),
        })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    take: async (address) => {
      await eventually(
        `a mail to ${address}`,
        async () => mails.map(({ to }) => to),
        (all) => all.some((to) => to.includes(address)),
      )
      const [mail] = mails.splice(
        mails.findIndex(({ to }) => to.includes(address)),
        1,
      )
      if (mail === undefined) throw new Error('unreachable: it was there')
      return mail
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function parse(source: string): Pick<ReceivedMail, 'subject' | 'text' | 'source'> {
  const [head = '', ...rest] = source.split('\r\n\r\n')
  const isQuoted = /^content-transfer-encoding: quoted-printable/im.test(head)
  const body = rest.join('\r\n\r\n')
  const text = isQuoted
    ? body
        .replace(/=\r\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : body
  return { source, subject: /^subject: (.*)$/im.exec(head)?.[1] ?? '', text }
}

/** The token of the link in a mail, and the page that it leads to. */
export function linkIn(mail: ReceivedMail): { page: string; token: string } {
  const url = new URL(/https?:\/\/\S+/.exec(mail.text)?.[0] ?? '')
  return { page: url.pathname, token: url.searchParams.get('token') ?? '' }
}

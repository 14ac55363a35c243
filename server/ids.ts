import { randomInt, randomBytes } from 'node:crypto'

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** Letters that are told apart when read aloud or typed: no i, l, o. */
const CODE_LETTERS = 'abcdefghjkmnpqrstuvwxyz'

const pick = (alphabet: string, length: number): string => {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[randomInt(alphabet.length)]
  return text
}

/** `kind_` and 20 characters of [a-z0-9] (103 bits). */
export const newId = (kind: string): string => `${kind}_${pick(LOWER, 20)}`

/** Random characters of [a-z0-9], as room ids, identities and recording ids carry them. */
export const randomLower = (length: number): string => pick(LOWER, length)

/** Lower-case hex of `length` characters. */
export const randomHex = (length: number): string =>
  randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length)

/** A room's short code: `abc-def-ghi`. */
export const newRoomCode = (): string =>
  `${pick(CODE_LETTERS, 3)}-${pick(CODE_LETTERS, 3)}-${pick(CODE_LETTERS, 3)}`

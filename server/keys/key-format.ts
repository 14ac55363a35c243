import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Environment } from '../http/caller.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 26
const CHECK_LENGTH = 6

/** SHA-256 in lower-case hex: the only form in which a key is stored. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** CRC32 of the text as 6 base62 characters, so that a mistyped key is told without a look-up. */
function checksum(text: string): string {
  let value = crc32(text)
  let digits = ''
  for (let i = 0; i < CHECK_LENGTH; i++) {
    digits = BASE62.charAt(value % 62) + digits
    value = Math.floor(value / 62)
  }
  return digits
}

export interface MintedKey {
  /** The whole secret, to be shown once. */
  key: string
  hash: string
  /** Prefix, environment and the first 4 random characters. */
  start: string
  last4: string
}

/** Makes `<prefix>_<live|test>_<26 random><6 checksum>`, about 154 bits. */
export const mintKey = (prefix: string, environment: Environment): MintedKey =>
  mintSecret(prefix, environment)

/** A secret in the form of our keys, told apart by the word after the prefix, such as `oauth`. */
export function mintSecret(prefix: string, kind: string): MintedKey {
  let body = `${prefix}_${kind}_`
  for (let i = 0; i < RANDOM_LENGTH; i++) body += BASE62.charAt(randomInt(62))
  return describeKey(body + checksum(body), prefix.length + kind.length + 2 + 4)
}

/** What is stored and shown of a key; `startLength` characters stay readable. */
export const describeKey = (key: string, startLength = 4): MintedKey => ({
  key,
  hash: hashKey(key),
  start: key.slice(0, startLength),
  last4: key.slice(-4),
})

const SHAPE = /_(?:live|test)_[0-9A-Za-z]{32}$/

/** Whether a text has the form of a key, whatever its prefix and checksum. A seeded key may have another. */
export const isKeyShaped = (text: string): boolean => SHAPE.test(text)

/** 'ours' with a right checksum, 'mistyped' with a wrong one, 'foreign' for any other text (a seeded key). */
export function classifyKey(prefix: string, key: string): 'ours' | 'mistyped' | 'foreign' {
  if (!key.startsWith(`${prefix}_`) || !isKeyShaped(key)) return 'foreign'
  return checksum(key.slice(0, -CHECK_LENGTH)) === key.slice(-CHECK_LENGTH) ? 'ours' : 'mistyped'
}

/** The same for {@link mintSecret}'s form. */
export function classifySecret(prefix: string, kind: string, text: string): 'ours' | 'mistyped' | 'foreign' {
  const random = text.slice(`${prefix}_${kind}_`.length)
  if (!text.startsWith(`${prefix}_${kind}_`) || !/^[0-9A-Za-z]{32}$/.test(random)) return 'foreign'
  return checksum(text.slice(0, -CHECK_LENGTH)) === text.slice(-CHECK_LENGTH) ? 'ours' : 'mistyped'
}

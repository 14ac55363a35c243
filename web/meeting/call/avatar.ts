/** One or two letters for a name; empty for a name without letters or digits. */
export const initials = (name: string): string => {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => word && Array.from(word)[0],
  )
  return letters.join('').toLocaleUpperCase()
}

/** A hue in degrees that stays the same for an identity, here and for everybody else in the meeting. */
export const hueOf = (identity: string): number => {
  // FNV-1a: spreads identities that differ in one letter.
  let hash = 0x811c9dc5
  for (let index = 0; index < identity.length; index++) {
    hash = Math.imul(hash ^ identity.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % 360
}

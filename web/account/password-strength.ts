export const SHORTEST_PASSWORD = 10

const COMMON =
  /passwor[dt]|p[a@]ssw[o0]rd|qwert|asdf|12345|67890|98765|abcde|letmein|welcome|admin|parley|iloveyou|monkey|dragon/gi

/**
 * A hint, not a gate: 0 while too short, else 1 (weak) to 4 (strong), from length, variety, and how much of it is a run, a
 * repetition, a well-known word or the person's own name.
 */
export function passwordStrength(password: string, own: string[] = []): 0 | 1 | 2 | 3 | 4 {
  if (password.length < SHORTEST_PASSWORD) return 0
  let rest = password.replace(COMMON, '*')
  for (const word of own)
    if (word.length >= 3)
      rest = rest.replaceAll(new RegExp(word.replaceAll(/[^\p{L}\p{N}]/gu, '.'), 'giu'), '*')
  rest = rest.replaceAll(/(.+?)\1{2,}/gu, '$1')
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(rest)).length
  const points = new Set(rest).size + rest.length / 2 + kinds * 2
  if (points < 13) return 1
  if (points < 18) return 2
  if (points < 24) return 3
  return 4
}

/** The abilities of contract/openvidu-meet.md 2.3 in the order and groups in which a person thinks of them. */
export const ABILITIES = {
  meeting: [
    'meetingJoin',
    'mediaPublishAudio',
    'mediaPublishVideo',
    'mediaShareScreen',
    'mediaChangeVirtualBackground',
    'chatRead',
    'chatWrite',
  ],
  moderation: ['roomShareAccessLinks', 'participantPromote', 'participantKick', 'meetingEnd'],
  recordings: ['recordingControl', 'recordingList', 'recordingPlay', 'recordingDownload', 'recordingDelete'],
} as const

export const ABILITY_GROUPS = Object.keys(ABILITIES) as (keyof typeof ABILITIES)[]
export type Ability = (typeof ABILITIES)[keyof typeof ABILITIES][number]
export type Abilities = Record<Ability, boolean>

const EVERY: readonly Ability[] = ABILITY_GROUPS.flatMap((group): readonly Ability[] => ABILITIES[group])
/** Two abilities that have one word together, when both are held or both are not. */
const PAIRS = {
  chat: ['chatRead', 'chatWrite'],
  watch: ['recordingList', 'recordingPlay'],
} as const satisfies Record<string, readonly [Ability, Ability]>
export type Phrase = Ability | keyof typeof PAIRS

/** What a set of abilities comes to, as the parts of two sentences. Who cannot join has nothing to do in a meeting. */
export function phrasesOf(held: Partial<Abilities>): { can: Phrase[]; cannot: Phrase[] } {
  const isHeld = (ability: Ability) => held[ability] === true
  const inMeeting: ReadonlySet<Ability> = new Set([...ABILITIES.meeting, ...ABILITIES.moderation])
  const said = EVERY.filter(
    (ability) => isHeld('meetingJoin') || ability === 'meetingJoin' || !inMeeting.has(ability),
  )
  const phrases = { can: [] as Phrase[], cannot: [] as Phrase[] }
  for (const ability of said) {
    const pair = (Object.keys(PAIRS) as (keyof typeof PAIRS)[]).find(
      (name) =>
        PAIRS[name].some((one) => one === ability) && isHeld(PAIRS[name][0]) === isHeld(PAIRS[name][1]),
    )
    const into = isHeld(ability) ? phrases.can : phrases.cannot
    if (pair === undefined) into.push(ability)
    else if (!into.includes(pair)) into.push(pair)
  }
  return phrases
}

/** Only today's abilities of what an answer holds, which may carry older names beside them. */
export const abilitiesIn = (permissions: Record<string, boolean | undefined>): Partial<Abilities> =>
  Object.fromEntries(
    EVERY.flatMap((ability) => {
      const value = permissions[ability]
      return value === undefined ? [] : [[ability, value]]
    }),
  )

/**
 * What is kept for a member after one switch: only what differs from the role, and what was kept before and not touched.
 */
export function withOverride(
  overrides: Partial<Abilities>,
  role: Partial<Abilities>,
  ability: Ability,
  isOn: boolean,
): Partial<Abilities> {
  const { [ability]: _, ...rest } = overrides
  return role[ability] === isOn ? rest : { ...rest, [ability]: isOn }
}

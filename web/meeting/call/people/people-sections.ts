/** What the list needs to know of somebody in the call. */
export interface Person {
  identity: string
  name: string
  isLocal: boolean
}

/** Lower case without accents, so that "jose" finds "José". */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase()

/** Whether every word of the query begins somewhere in the name. */
export const matchesName = (name: string, query: string): boolean => {
  const looked = plain(name)
  return plain(query)
    .split(/\s+/)
    .every((word) => looked.includes(word))
}

/**
 * Who is shown where: raised hands in their order, then everybody, oneself first and the others by name. Who has a
 * hand up stands in both.
 */
export const sectionPeople = <P extends Person>(
  people: readonly P[],
  hands: readonly string[],
  query: string,
): { raised: { person: P; place: number }[]; inCall: P[] } => {
  const byIdentity = new Map(people.map((person) => [person.identity, person]))
  const raised = hands.flatMap((identity, index) => {
    const person = byIdentity.get(identity)
    return person && matchesName(person.name, query) ? [{ person, place: index + 1 }] : []
  })
  const inCall = people
    .filter(({ name }) => matchesName(name, query))
    .sort(
      (a, b) =>
        Number(b.isLocal) - Number(a.isLocal) || a.name.localeCompare(b.name, undefined, { numeric: true }),
    )
  return { raised, inCall }
}

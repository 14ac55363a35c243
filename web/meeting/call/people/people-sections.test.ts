import { describe, expect, it } from 'vitest'
import { matchesName, sectionPeople } from './people-sections.ts'

const person = (name: string, isLocal = false) => ({ identity: name.toLowerCase(), name, isLocal })
const people = [person('Zoe', true), person('Bot 10'), person('Bot 9'), person('José Müller')]

describe('people in sections', () => {
  it('shows oneself first and others by name as people count', () => {
    expect(sectionPeople(people, [], '').inCall.map(({ name }) => name)).toEqual([
      'Zoe',
      'Bot 9',
      'Bot 10',
      'José Müller',
    ])
  })

  it('keeps the order and the places of raised hands, whoever is searched for or has left', () => {
    const hands = ['bot 10', 'gone', 'zoe', 'josé müller']
    const places = (query: string) =>
      sectionPeople(people, hands, query).raised.map(({ person: { name }, place }) => `${place} ${name}`)
    expect(places('')).toEqual(['1 Bot 10', '3 Zoe', '4 José Müller'])
    expect(places('jose')).toEqual(['4 José Müller'])
  })

  it('finds names without accents, in any case, by parts', () => {
    expect(matchesName('José Müller', 'JOSE mul')).toBe(true)
    expect(matchesName('José Müller', 'jane')).toBe(false)
    expect(matchesName('Anyone', '  ')).toBe(true)
  })
})

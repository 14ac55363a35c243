import { commands, shapes, unions, type CommandName, type Field, type Fields } from './contract.ts'

const NAMES = new Map<string, CommandName>()
for (const [name, { deprecated }] of Object.entries<{ about: string; deprecated?: string }>(commands)) {
  NAMES.set(name, name as CommandName)
  if (deprecated !== undefined) NAMES.set(deprecated, name as CommandName)
}

/** The command of a name, old or new; undefined for what is none. */
export const commandOf = (name: string): CommandName | undefined => NAMES.get(name)

/**
 * What is wrong with the payload of a command, in words for a developer; null if nothing is. Fields that the
 * contract does not know are no fault.
 */
export const payloadFault = (command: CommandName, payload: unknown): string | null =>
  fieldsFault(commands[command].payload, payload, command)

const fieldsFault = (fields: Fields, value: unknown, where: string): string | null => {
  const entries = Object.entries(fields)
  if (entries.length === 0) return null
  if (typeof value !== 'object' || value === null)
    return `${where} needs ${entries.map(([name]) => name).join(', ')}`
  for (const [name, field] of entries) {
    const given = (value as Record<string, unknown>)[name] ?? undefined
    if (given === undefined && field.optional) continue
    const fault = valueFault(field, given, `${where}: ${name}`)
    if (fault !== null) return fault
  }
  return null
}

const valueFault = ({ type }: Field, value: unknown, where: string): string | null => {
  if (type in shapes) return fieldsFault(shapes[type as keyof typeof shapes], value, where)
  if (type in unions) {
    const words: readonly string[] = unions[type as keyof typeof unions]
    return typeof value === 'string' && words.includes(value)
      ? null
      : `${where} must be one of ${words.join(', ')}`
  }
  return typeof value === type ? null : `${where} must be a ${type}`
}

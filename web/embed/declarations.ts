import { attributes, commands, events, queries, shapes, unions, type Field, type Fields } from './contract.ts'

/*
 * The TypeScript declarations of what is served below /v1/, written from the contract.
 */

export const camel = (name: string): string =>
  name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
const entries = <V>(object: Readonly<Record<string, V>>): [string, V][] => Object.entries(object)
const comment = (text: string, indent = '  '): string => `${indent}/** ${text}. */\n`

/** `{ roomId: string; reason: LeftReason }` */
const typeOf = (fields: Fields | { type: Field['type'] } | null): string => {
  if (fields === null) return 'null'
  if (typeof fields['type'] === 'string') return fields['type']
  const members = entries(fields as Fields).map(
    ([name, { type, optional }]) => `${name}${optional ? '?' : ''}: ${type}`,
  )
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

const parameters = (payload: Fields): string =>
  entries(payload)
    .map(([name, { type, optional }]) => `${name}${optional ? '?' : ''}: ${type}`)
    .join(', ')

const named = (): string => {
  const words = entries(unions).map(
    ([name, values]) => `export type ${name} = ${values.map((value) => `'${value}'`).join(' | ')}\n`,
  )
  const objects = entries<Fields>(shapes).map(
    ([name, fields]) =>
      `export interface ${name} {\n${entries(fields)
        .map(
          ([field, { type, about, optional }]) =>
            `${comment(about)}  ${field}${optional ? '?' : ''}: ${type}\n`,
        )
        .join('')}}\n`,
  )
  return [...words, ...objects].join('')
}

const eventMap = (): string =>
  entries<{ about: string; detail: Fields | null; deprecated?: string }>(events)
    .map(
      ([name, { about, detail, deprecated }]) =>
        `${comment(about)}  ${name}: ${typeOf(detail)}\n` +
        (deprecated ? `  /** @deprecated Use ${name}. */\n  ${deprecated}: ${typeOf(detail)}\n` : ''),
    )
    .join('')

const members = (): string => {
  const properties = entries(attributes).map(
    ([name, { about, type }]) =>
      `${comment(about)}  ${camel(name)}: ${type === 'boolean' ? 'boolean | string | null' : 'string | null'}\n`,
  )
  const methods = entries<{ about: string; payload: Fields; deprecated?: string }>(commands).map(
    ([name, { about, payload, deprecated }]) =>
      `${comment(about)}  ${name}(${parameters(payload)}): this\n` +
      (deprecated
        ? `  /** @deprecated Use ${name}. */\n  ${deprecated}(${parameters(payload)}): this\n`
        : ''),
  )
  const asked = entries(queries).map(
    ([name, { about, answer }]) => `${comment(about)}  ${name}(): Promise<${typeOf(answer)}>\n`,
  )
  return [...properties, ...methods, ...asked].join('')
}

/** `parley.d.ts` */
export const elementDeclarations = (): string => `// Made from web/embed/contract.ts of Parley.
${named()}
/** Details of the events. */
export interface MeetEvents {
${eventMap()}}

/** \`<parley-meet>\`. Commands given before the meeting has loaded are carried out then. */
export interface ParleyMeetElement extends HTMLElement {
${members()}  /** Calls back with the detail of each such event. */
  on<E extends keyof MeetEvents>(event: E, callback: (detail: MeetEvents[E]) => void): this
  /** Calls back the next time only. */
  once<E extends keyof MeetEvents>(event: E, callback: (detail: MeetEvents[E]) => void): this
  /** Stops one callback, or all of an event. */
  off<E extends keyof MeetEvents>(event: E, callback?: (detail: MeetEvents[E]) => void): this
  addEventListener<E extends keyof MeetEvents>(
    event: E,
    listener: (event: CustomEvent<MeetEvents[E]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    event: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

/** The class behind the element, which importing this has made known to the page. */
export const ParleyMeet: { new (): ParleyMeetElement }

declare global {
  interface HTMLElementTagNameMap {
    'parley-meet': ParleyMeetElement
    'openvidu-meet': ParleyMeetElement
  }
}
`

/** `parley-react.d.ts` */
export const reactDeclarations = (): string => {
  const props = entries(attributes).map(
    ([name, { about, type }]) => `${comment(about)}  ${camel(name)}?: ${type} | null\n`,
  )
  const handlers = entries(events).map(
    ([name, { about }]) =>
      `${comment(about)}  on${name.charAt(0).toUpperCase()}${name.slice(1)}?: (detail: MeetEvents['${name}']) => void\n`,
  )
  return `// Made from web/embed/contract.ts of Parley.
import type { CSSProperties, ForwardRefExoticComponent, RefAttributes } from 'react'
import type { MeetEvents, ParleyMeetElement } from './parley.js'

export interface ParleyMeetProps {
${[...props, ...handlers].join('')}  id?: string
  title?: string
  className?: string
  style?: CSSProperties
}

export const ParleyMeet: ForwardRefExoticComponent<ParleyMeetProps & RefAttributes<ParleyMeetElement>>
`
}

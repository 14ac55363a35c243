import {
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
  type FunctionComponent,
  type RefAttributes,
} from 'react'
import { ATTRIBUTES } from './names.ts'
import './parley.ts'

type Props = Record<string, unknown>

/**
 * `<ParleyMeet roomUrl={...} onMeetingJoined={(detail) => ...} />`: attributes as props in camelCase, each event as
 * a prop that gets its detail, anything else (className, style) on the element, which is what a ref gives.
 */
export const ParleyMeet: FunctionComponent<Props & RefAttributes<HTMLElement>> = forwardRef<
  HTMLElement,
  Props
>(function ParleyMeet(props, ref) {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const latest = useRef(props)
  useImperativeHandle(ref, () => element as HTMLElement, [element])
  useEffect(() => {
    latest.current = props
  })

  const names = Object.keys(props).filter(
    (name) => /^on[A-Z]/.test(name) && typeof props[name] === 'function',
  )
  const heard = names.sort().join(' ')
  useEffect(() => {
    if (!element) return undefined
    const stop = new AbortController()
    for (const name of heard.split(' ').filter(Boolean)) {
      const event = name.charAt(2).toLowerCase() + name.slice(3)
      const tell = (happened: Event) =>
        happened.target === element &&
        (latest.current[name] as (detail: unknown) => void)((happened as CustomEvent).detail)
      element.addEventListener(event, tell, { signal: stop.signal })
    }
    return () => stop.abort()
  }, [element, heard])

  const passed: Props = {}
  for (const [name, value] of Object.entries(props)) {
    if (names.includes(name)) continue
    const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (!ATTRIBUTES.includes(attribute)) passed[name] = value
    // React leaves undefined out, and would write "false".
    else passed[attribute] = value === false || value === null ? undefined : `${value as string | boolean}`
  }
  return createElement('parley-meet', { ...passed, ref: setElement })
})

/*
 * Stands in the HTML of the call page, so that on a slow line there is a form to type in, and a button that answers,
 * one round trip after the link was opened. React takes over the very same elements when it has come (Lobby.tsx).
 */
import { chooseLanguage, wishedLanguages } from '../../locales/choose-language.ts'
import { isReload, RejoinMemory } from '../../meeting/rejoin-memory.ts'
import { isNameOptional, parseRoute, type Route } from '../../meeting/route.ts'
import { cleanName, PreferenceStore } from '../preferences.ts'
import type { EarlyLobby } from './handed.ts'

/** Put in by the build (vite-plugin.ts): the lobby's markup, with keys like `{{lobby.join}}` in place of words. */
declare const PARLEY_TEMPLATE: string
/** By language and key; safe in HTML. */
declare const PARLEY_WORDS: Record<string, Record<string, string>>
/** The file of all words of a language, which the lobby then waits for. English has none. */
declare const PARLEY_FILES: Record<string, string>

const allWords = PARLEY_WORDS

/** Not where something else than the lobby comes, or in other colours. */
const isLobby = (route: Route): boolean =>
  'RTCPeerConnection' in window &&
  route.recordings === null &&
  Object.keys(route.theme).length === 0 &&
  !(isReload() && new RejoinMemory(location.pathname).peek(Date.now()))

const draw = (root: HTMLElement, route: Route): void => {
  const preferences = new PreferenceStore()
  const language = chooseLanguage([route.language ?? [], wishedLanguages()].flat(), Object.keys(allWords))
  const words = allWords[language] ?? {}
  root.innerHTML = PARLEY_TEMPLATE.replace(/\{\{(.+?)\}\}/g, (_, key: string) => words[key] ?? '')
  document.documentElement.lang = language
  const file = PARLEY_FILES[language]
  if (file !== undefined) {
    const link = document.createElement('link')
    Object.assign(link, { rel: 'modulepreload', href: file, crossOrigin: '' })
    document.head.append(link)
  }
  const form = root.querySelector('form')
  const input = root.querySelector('input')
  if (!form || !input) return
  input.value = route.suggestedName ?? preferences.current.name
  input.focus({ preventScroll: true })
  answer(form, input, { words, preferences, isOptional: isNameOptional(route.target) })
}

interface Answering {
  words: Record<string, string>
  preferences: PreferenceStore
  isOptional: boolean
}

const answer = (
  form: HTMLFormElement,
  input: HTMLInputElement,
  { words, preferences, isOptional }: Answering,
): void => {
  const button = form.querySelector('button')
  const label = button?.querySelector('span')
  const fault = form.querySelector('[role=alert]')
  const life = new AbortController()
  const early: EarlyLobby = { typed: null, isRefused: false, isJoining: false, stop: () => life.abort() }
  let hasFailed = false

  const show = (key: string, isInvalid = false) => {
    if (fault) fault.innerHTML = words[key] ?? ''
    input.setAttribute('aria-invalid', String(isInvalid))
  }
  const setJoining = (isJoining: boolean) => {
    early.isJoining = isJoining
    input.readOnly = isJoining
    button?.setAttribute('aria-busy', String(isJoining))
    button?.setAttribute('aria-disabled', String(isJoining))
    if (label) label.innerHTML = words[isJoining ? 'lobby.joining' : 'lobby.join'] ?? ''
  }
  const onSubmit = (event: Event) => {
    event.preventDefault()
    if (early.isJoining) return
    const name = cleanName(input.value)
    early.isRefused = name === '' && !isOptional
    if (early.isRefused) {
      show('lobby.nameRequired', true)
      input.focus()
    } else if (hasFailed) {
      preferences.save({ name })
      location.reload()
    } else {
      show('')
      setJoining(true)
    }
  }
  const onInput = () => {
    early.typed = input.value
    early.isRefused = false
    show('')
  }
  // The scripts could not be fetched, or not be read by this browser.
  const onError = (event: Event) => {
    const isOurs =
      event instanceof ErrorEvent
        ? event.filename.startsWith(`${location.origin}/`)
        : event.target instanceof HTMLScriptElement
    if (!isOurs) return
    hasFailed = true
    setJoining(false)
    show('lobby.incomplete')
  }
  form.addEventListener('submit', onSubmit, { signal: life.signal })
  input.addEventListener('input', onInput, { signal: life.signal })
  addEventListener('error', onError, { capture: true, signal: life.signal })
  window.parleyEarly = early
}

const root = document.getElementById('root')
const route = parseRoute(location)
if (root && route && isLobby(route)) draw(root, route)

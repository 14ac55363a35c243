import { findTrustedParent } from './parent.ts'

/** For pages that others may frame but that hear no commands, such as a recording: says that it is there. */
export const announceReady = (): void => {
  const origin = findTrustedParent()
  if (origin !== null) window.parent.postMessage({ event: 'ready', payload: {} }, origin)
}

import { useCallback, useSyncExternalStore } from 'react'

export const useMediaQuery = (query: string): boolean =>
  useSyncExternalStore(
    useCallback(
      (onChange: () => void) => {
        const list = matchMedia(query)
        list.addEventListener('change', onChange)
        return () => list.removeEventListener('change', onChange)
      },
      [query],
    ),
    () => matchMedia(query).matches,
  )

/** Narrow windows, where the bar has room for six buttons; fingers need wider ones (CallBar.module.css). */
export const COMPACT = '(max-width: 639px), (max-width: 759px) and (pointer: coarse)'

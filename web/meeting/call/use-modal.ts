import { type RefObject, useEffect, useRef } from 'react'

/** Opens the browser's own dialog while it is mounted: it holds the focus, gives it back, and closes on Escape. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return dialog
}

import { Activity, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'

interface DrawnAheadProps {
  isShown: boolean
  children: ReactNode
}

/**
 * Draws its children while nobody sees them, in the pauses of more urgent work and outside of the document (so that
 * no id is there twice); their effects wait until they are shown.
 */
export function DrawnAhead({ isShown, children }: DrawnAheadProps) {
  const [box] = useState(() => {
    const made = document.createElement('div')
    made.style.display = 'contents'
    return made
  })
  const place = useRef<HTMLDivElement>(null)
  return (
    <>
      <div ref={place} style={{ display: 'contents' }} />
      {createPortal(
        <Activity mode={isShown ? 'visible' : 'hidden'}>
          <Placed box={box} place={place} />
          {children}
        </Activity>,
        box,
      )}
    </>
  )
}

/** Comes before the children, so that the box is in the document by the time that they measure themselves. */
function Placed({ box, place }: { box: HTMLElement; place: { current: HTMLElement | null } }) {
  useLayoutEffect(() => {
    place.current?.append(box)
    return () => box.remove()
  }, [box, place])
  return null
}

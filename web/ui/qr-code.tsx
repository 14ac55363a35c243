import { encode } from 'uqr'
import styles from './qr-code.module.css'

/** Modules of white around the code; readers need four (ISO/IEC 18004). */
const QUIET = 4

/** The dark modules as one path, row by row. */
export function drawing(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET })
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return { size, path }
}

/** Text to point a phone at. Drawn here: it is a secret that no service should see. */
export function QrCode({ text, alt }: { text: string; alt: string }) {
  const { size, path } = drawing(text)
  return (
    <svg
      className={styles.code}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={alt}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  )
}

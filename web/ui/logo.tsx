import styles from './logo.module.css'

export const LogoMark = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path
      d="M8 10.5A2.5 2.5 0 0 1 10.5 8h11a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H15l-4.3 3.7a.8.8 0 0 1-1.3-.6V20A2.5 2.5 0 0 1 8 17.5z"
      fill="var(--accent-on)"
    />
    <circle cx="13" cy="14" r="1.9" fill="var(--accent)" />
    <circle cx="19" cy="14" r="1.9" fill="var(--accent)" />
  </svg>
)

/** The mark with the name. */
export const Logo = () => (
  <span className={styles.logo}>
    <LogoMark />
    Parley
  </span>
)

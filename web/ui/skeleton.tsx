import styles from './skeleton.module.css'

/** The place where something will be; says nothing to screen readers. */
export const Skeleton = ({ width = '100%', height = 16 }: { width?: number | string; height?: number }) => (
  <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />
)

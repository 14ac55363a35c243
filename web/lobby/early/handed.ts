/**
 * The lobby's form as the page's HTML shows it before any file of scripts has come (draw.ts), and what has been done
 * in it by then.
 */
export interface EarlyLobby {
  /** What was typed; null: nothing. */
  typed: string | null
  /** Join was pressed without a name. */
  isRefused: boolean
  /** Join was pressed. */
  isJoining: boolean
  /** To be called by what answers from now on. */
  stop: () => void
}

declare global {
  interface Window {
    parleyEarly?: EarlyLobby
  }
}

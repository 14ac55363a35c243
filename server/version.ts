import manifest from '../package.json' with { type: 'json' }

/** This release, as package.json names it. */
export const VERSION: string = manifest.version

/** Written into the bundle by build.js. */
declare const PARLEY_BUILD: { gitCommit: string; buildDate: string } | undefined

/** What was built and when; from the sources: now, `unknown`. */
export const BUILD: { gitCommit: string; buildDate: string } =
  typeof PARLEY_BUILD === 'undefined'
    ? { gitCommit: 'unknown', buildDate: new Date().toISOString() }
    : PARLEY_BUILD

/*
 * The names in the contract, without its words: the loader has room for no more. vite-plugin.ts puts them in
 * from contract.ts when it is built.
 */
declare const PARLEY_NAMES: { attributes: string; commands: string; queries: string }
/** How many of the attributes are of the theme; they come last. */
declare const PARLEY_THEMES: number

const { attributes, commands, queries } = PARLEY_NAMES

export const ATTRIBUTES = attributes.split(' ')
export const THEME = ATTRIBUTES.slice(-PARLEY_THEMES)
/** Each with the fields of its payload, in the order of the method's parameters. */
export const COMMANDS = commands.split(' ').map((command) => command.split(':'))
export const QUERIES = queries.split(' ')

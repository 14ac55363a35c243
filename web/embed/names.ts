/*
 * The names in the contract, without its words: the loader has room for no more. vite-plugin.ts puts them in
 * from contract.ts when it is built.
 */
declare const PARLEY_NAMES: { attributes: string; commands: string; queries: string }

const { attributes, commands, queries } = PARLEY_NAMES

/** Those of the theme, from `accent` on, come last. */
export const ATTRIBUTES = attributes.split(' ')
/** Each with the fields of its payload, in the order of the method's parameters. */
export const COMMANDS = commands.split(' ').map((command) => command.split(':'))
export const QUERIES = queries.split(' ')

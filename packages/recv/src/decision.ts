/** The exit code of each decision. */
export const EXIT_CODES = { process: 0, dedup: 1, query: 2, reject: 3 } as const

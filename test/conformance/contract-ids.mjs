// @ts-check

/** Where our bins differ from the scripts: A the documents win, B repairs, C new forms of what was an error. */
export const CONTRACT_IDS = new Set([
  // Rule 1, send's order: HALT is asked again before each next step, also before the signature is delivered.
  'rule 1',
  ...Array.from({ length: 8 }, (_, at) => `A${at + 1}`),
  // B58 was withdrawn.
  ...Array.from({ length: 76 }, (_, at) => `B${at + 1}`).filter((id) => id !== 'B58'),
  ...Array.from({ length: 20 }, (_, at) => `C${at + 1}`),
])

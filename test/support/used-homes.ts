/** The variable with the folder that has a file for each home that a test has used. */
export const USED_HOMES = 'CAC_TEST_USED_HOMES'

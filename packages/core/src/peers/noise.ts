import { allWords, lastWords, type Result } from '../programs/exec'

/** What ssh and shells say though nothing is wrong (contract B63). */
const NOISE = [
  /^warning: permanently added /i,
  /^\*\* (?:warning: connection is not using a post-quantum|this session may be vulnerable|the server may need to be upgraded)/i,
  /^debug[123]: /,
  /^(?:shared )?connection to \S+ closed\.?$/i,
  /^controlsocket \S+ already exists, disabling multiplexing$/i,
  /^mux_client_(?:hello_exchange|request_session|read_packet)/,
  /^pseudo-terminal will not be allocated/i,
  /^x11 forwarding request failed/i,
  /\bwarning: setlocale: /i,
  /^could not chdir to home directory /i,
]

/** The last line that a program wrote to standard error and that may say why it failed; else its exit code. */
export function lastWordsOfSsh(result: Result): string {
  return lastWords(withoutNoise(result))
}

/** All such lines, on one line and escaped. */
export function allWordsOfSsh(result: Result): string {
  return allWords(withoutNoise(result))
}

function withoutNoise(result: Result): Result {
  const lines = result.stderr.split('\n')
  const telling = lines.filter((line) => !NOISE.some((noise) => noise.test(line.trim())))
  return telling.length === lines.length ? result : { ...result, stderr: telling.join('\n') }
}

/**
 * A line that says nothing of trust, however it is spelt. All others need the parser, whose loading takes longer than
 * most runs need for a message.
 */
const HARMLESS_LINE =
  /^\s*(?:#.*|\[(?:local|(?:peers|projects)\.(?:[\w-]+|"[^"\\]*"|'[^']*'))\]\s*(?:#.*)?|(?:host|ssh_user|inbox_path|roots)\s*=.*)?\s*$/

/** Whether a file of peers needs no parser to tell that nothing in it is meant to say whom to trust. */
export function saysNothingOfTrust(text: string): boolean {
  return !/trust|signer|\\u|\0/i.test(text) && text.split('\n').every((line) => HARMLESS_LINE.test(line))
}

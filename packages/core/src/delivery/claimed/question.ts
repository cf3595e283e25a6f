import { endOfChangedName } from '../../message/done-name'
import { globWord, STAMP_LENGTH } from '../../message/message-name'
import { RemoteCommand } from '../../peers/remote-command'
import { projectFolder } from '../../project/layout'
import type { RemoteDelivery } from '../way'

/** Bytes of the longest signature sent in the question instead of pushed: a pipe takes it at once. */
const LONGEST_TEXT = 16 * 1024

/**
 * Asks for the first free name in the inbox (as peers.toml has it, `~` unexpanded). The signature is included if it is
 * lines of text: that saves one program and one round trip.
 */
export function claimCommand({
  inbox,
  names,
  signature,
  again,
  sender,
}: RemoteDelivery): Promise<RemoteCommand> {
  const text = signature === undefined ? undefined : linesOf(signature)
  const mode = signature === undefined ? 'none' : text === undefined ? 'empty' : 'signed'
  const folders = [projectFolder(inbox), inbox]
  const words = [...folders, again ? 'again' : 'first', mode, text ?? '']
  return RemoteCommand.make('claim', [
    ...words,
    endOfChangedName(names[0] ?? ''),
    globWord(sender ?? ''),
    ...withoutCommonEnds(names),
  ])
}

/**
 * The common beginning, the common end, and the part between for each name. Names of one message differ in few digits,
 * and the peer's shell reads byte by byte.
 */
function withoutCommonEnds(names: readonly string[]): string[] {
  const [first = '', ...others] = names
  const common = (isSame: (length: number) => boolean, most: number) => {
    let length = 0
    while (length < most && isSame(length)) length++
    return length
  }
  const start = common((at) => others.every((name) => name[at] === first[at]), STAMP_LENGTH)
  const shortest = Math.min(...names.map((name) => name.length)) - start
  const end = common((at) => others.every((name) => name.at(-1 - at) === first.at(-1 - at)), shortest)
  return [
    first.slice(0, start),
    first.slice(first.length - end),
    ...names.map((name) => name.slice(start, name.length - end)),
  ]
}

/** A signature as whole lines of plain text, as armored ones are; undefined if it is anything else, or too long. */
function linesOf(signature: Uint8Array): string | undefined {
  if (signature.length > LONGEST_TEXT) return undefined
  const text = Buffer.from(signature).toString('latin1')
  return /^([ -~]+\n|\n)+$/.test(text) && !/^[.]$/m.test(text) ? text : undefined
}

import { type Brake, makeBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import type { Values } from '@cac/core/command/table'
import { isFile } from '@cac/core/fs/files'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { fileName, folderOf, givenPath } from '@cac/core/fs/paths'
import { type Chosen, decideOnFile, type Scrutiny } from '@cac/core/mailbox/decide'
import { renderDecision } from '@cac/core/mailbox/show-decision'
import { haveTakes } from '@cac/core/mailbox/take-name'
import type { Take } from '@cac/core/mailbox/takes'
import { type Move, messageMissing } from '@cac/core/message/failures'
import { hintForUndecodable } from '@cac/core/text/raw-name'
import { EXIT_CODES } from './decision'
import type { Options, recvTable } from './options'

/** Decides on one message and prints the decision, with `--show` also the message. The decision gives the exit code. */
export async function recv(
  { options, positionals }: Values<typeof recvTable>,
  context: Context,
): Promise<number> {
  const files = positionals.message_file.map(givenPath)
  const brake = makeBrake(context.paths)
  brake.check()
  const move = moveOf(options)
  if (move !== undefined) {
    const { finish } = await import('./finish')
    const isMoved = await finish(files, move, options, context, brake)
    if (!options.next || !isMoved) return isMoved ? 0 : EXIT_CODES.reject
  }
  if (options.take) {
    const { take } = await import('./take')
    return take(files[0], options, scrutinyOf(options), context, brake)
  }
  const chosen = options.next
    ? await (await import('./next')).nextOne(options, scrutinyOf(options), context, brake)
    : { path: files[0] ?? '' }
  return decideAndPrint(chosen, options, context, brake)
}

/** What is done with the given files instead of deciding on one. */
function moveOf(options: Options): Move | undefined {
  if (options.done) return 'done'
  if (options.aside) return 'aside'
  return options['put-back'] ? 'put-back' : undefined
}

async function decideAndPrint(
  chosen: Chosen,
  options: Options,
  context: Context,
  brake: Brake,
): Promise<number> {
  const { path } = chosen
  if (!isFile(path)) {
    throw messageMissing({ path, hint: hintForUndecodable(path) })
  }
  const finding = await decideOnFile(chosen, scrutinyOf(options), context, brake)
  brake.check()
  const style = { json: options.json, compact: options['compact-json'] }
  const pieces =
    options.show || options.next
      ? (await import('@cac/core/mailbox/show-message')).renderMessage(path, finding, {
          ...style,
          unverified: options['no-verify'],
          taken: await takeOf(chosen, context),
        })
      : [renderDecision(finding.decision, finding.header, style)]
  for (const piece of pieces) context.out(piece)
  return EXIT_CODES[finding.decision.decision]
}

/** Who has taken the message, if anybody has. */
async function takeOf({ path, neighbours }: Chosen, context: Context): Promise<Take | undefined> {
  const inbox = folderOf(path)
  if (!haveTakes(neighbours ?? listNamesIfReadable(inbox))) return undefined
  const { takesIn } = await import('@cac/core/mailbox/takes')
  return takesIn(inbox, context.now()).find(({ name }) => name === fileName(path))
}

function scrutinyOf(options: Options): Scrutiny {
  return {
    verifies: !options['no-verify'],
    findsCopies: !options['no-dedup'],
    protocolVersion: options['protocol-version'],
    isAwaited: true,
  }
}

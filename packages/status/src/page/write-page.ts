import { randomUUID } from 'node:crypto'
import { closeSync, lstatSync } from 'node:fs'
import { readHalt } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import { listEntries } from '@cac/core/delivery/outbox'
import { replaceFile } from '@cac/core/fs/durable'
import { openRegularFile, readWithin } from '@cac/core/fs/files'
import { hasCode, osErrorText } from '@cac/core/fs/system-error'
import { readArchive } from '@cac/core/mailbox/archive'
import { concerns } from '@cac/core/mailbox/thread'
import { VerdictStore } from '@cac/core/mailbox/verdict-store'
import { trustStamp } from '@cac/core/mailbox/vet'
import { listKeys } from '@cac/core/message/gpg-keys'
import { machineName } from '@cac/core/peers/machine-name'
import { readPeersFile } from '@cac/core/peers/peers-file'
import { holdSignals } from '@cac/core/programs/interruption'
import { eachOnce, findProject, ownInboxes } from '@cac/core/project/project'
import { pathWord } from '@cac/core/text/shell'
import type { Options } from '../options'
import type { Kept } from './page'
import { PAGE_BEGINS, renderPage } from './render-page'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'not-our-page': true
    'page-failed': true
  }
}

const SUFFIX = '.html'

/**
 * Writes the page for people (contract C32), and returns how many messages it could not check yet. `renewal` is the number
 * of seconds after which an open page loads itself again. Throws Failure if the file is not new and no page of ours, or cannot be
 * written. Then nothing is changed.
 */
export async function writePage(
  file: string,
  { here, project }: Options,
  context: Context,
  renewal?: number,
): Promise<{ readonly unchecked: number }> {
  requireOurPage(file)
  const wanted = here || project !== undefined ? (await findProject(project, context)).name : undefined
  const own = await ownInboxes(context)
  const verdicts = new VerdictStore(context.paths.verdicts, await verdictStamp(context))
  const all = await readArchive(wanted === undefined ? eachOnce(own) : own, verdicts, context)
  verdicts.save()
  const archive = wanted === undefined ? all : all.filter(({ message }) => concerns(message, wanted))
  const [{ default: style }, { default: script }] = await Promise.all([
    import('./style.css?raw'),
    import('./script.js?raw'),
  ])
  const page = renderPage(
    {
      machine: machineName(await readPeersFile(context.paths), context),
      project: wanted,
      now: context.now(),
      halt: readHalt(context.paths),
      archive,
      kept: keptHere(context),
      renewal,
    },
    { style, script },
  )
  const interruption = holdSignals()
  try {
    // Somebody may have put another file there meanwhile.
    replaceFile(file, Buffer.from(page), {
      mayReplace: () => {
        requireOurPage(file)
        return true
      },
    })
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('page-failed', {
      message: `cannot write ${pathWord(file)}: ${osErrorText(error, file)}`,
      hint: 'name a file in a folder of yours, on a disk with room',
    })
  } finally {
    interruption.release()
  }
  return { unchecked: all.filter(({ shown }) => shown.is === 'not-checked').length }
}

/** What verdicts depend on besides the message. A key that has expired changed no file. */
async function verdictStamp(context: Context): Promise<string> {
  const keys = await listKeys('--list-keys', [], context.env)
  // Without an answer of gpg, no earlier verdict counts.
  const conditions = keys?.map(({ fingerprint, condition }) => `${fingerprint} ${condition}`) ?? [
    randomUUID(),
  ]
  return [trustStamp(context), ...conditions].join('\n')
}

function keptHere({ paths, now }: Context): Kept[] {
  return listEntries(paths, now()).flatMap(({ record }) =>
    record === undefined
      ? []
      : [
          {
            destination: record.destination,
            name: record.name,
            lastTry: record.tries.at(-1)?.time ?? '?',
          },
        ],
  )
}

/** An agent may be allowed to run this command: it must not be able to write over a person's file (contract C26). */
function requireOurPage(file: string): void {
  const problem = file.endsWith(SUFFIX) ? problemAt(file) : `its name does not end with ${SUFFIX}`
  if (problem === undefined) return
  throw new Failure('not-our-page', {
    message: `not written: ${pathWord(file)}: ${problem}`,
    hint: 'name a new file that ends with .html, or a page that this command wrote',
  })
}

function problemAt(file: string): string | undefined {
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!stats.isFile()) return 'it is a link or no file'
    const fd = openRegularFile(file)
    try {
      const begin = readWithin(fd, 0, Math.max(stats.size, 1)).subarray(0, PAGE_BEGINS.length).toString()
      return begin === PAGE_BEGINS ? undefined : 'it is there, and no page that this command wrote'
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return hasCode(error, 'ENOTDIR') ? 'its folder is none' : osErrorText(error, file)
  }
}

import { agentName, makeKey } from '@cac/core/delivery/signing-advice'
import type { Introduction } from '@cac/core/machines/introduction'
import { sshTarget } from '@cac/core/peers/peers-file'

/** The most projects that are named, and the most characters of a word that another machine chose. */
const MOST_NAMED = 8
const MOST_WORDS = 160

/** All that a person must know before the question, as lines. They hold what another machine says, not escaped. */
export function describe(introduction: Introduction): string[] {
  const { target, theirs, ours, steps } = introduction
  const login = target.user === undefined ? target.host : sshTarget(target)
  const keys = [
    `its key: ${theirs === undefined ? 'none' : `${theirs.fingerprint}  ${cut(theirs.userId)}`}`,
    `our key: ${ours.fingerprint}  ${cut(ours.userId)}`,
  ]
  const lines = [`${target.name} (${login})`, ...findings(introduction), '', ...keys, '']
  if (steps.length === 0) return lines
  return [...lines, 'To do:', ...steps.map(({ does }) => `  ${does}`), '', ...meaning(introduction), '']
}

function findings({
  machine,
  calledThere,
  target,
  portrait,
  theirs,
  wayBack,
  shell,
}: Introduction): string[] {
  const { rsync, gpg, commands, projects, isHalted, key } = portrait
  const { name } = target
  const lines = [
    rsync === undefined ? '✗ no rsync: install it there, else nothing can be sent to it' : `✓ rsync ${rsync}`,
    gpg === undefined ? '✗ no gpg: install it there, else it can neither sign nor verify' : `✓ gpg ${gpg}`,
    commandsLine(commands),
    projects.length === 0 ? '⚠ no project in ~/projects' : `✓ ${namesOf(projects)}`,
  ]
  if (shell.spoken !== '')
    lines.push(`✗ its shell prints text before each command, so rsync gives up: ${cut(shell.spoken)}`)
  if (gpg !== undefined && theirs === undefined)
    lines.push(`✗ no key to sign with: run this there, and then this line again: ${makeKey(agentName(name))}`)
  if (key?.isLocked) lines.push('⚠ its key is locked: agents there cannot sign until somebody unlocks it')
  if (isHalted) lines.push('⚠ halted: nothing is sent or read there until somebody resumes it')
  if (calledThere !== undefined && calledThere !== name) lines.push(otherName(calledThere))
  if (wayBack === undefined)
    lines.push(`✗ its peers.toml cannot be read here: add [peers.${machine}] there by hand`)
  else if (wayBack !== 'known' && 'host' in wayBack) lines.push(`✓ reaches this machine: ${wayBack.host}`)
  else if (wayBack !== 'known') lines.push(...noWayBack(wayBack.missed, machine))
  return lines.map((line) => `  ${line}`)
}

/** Its messages and their answers name the machine as it calls itself. */
function otherName(host: string): string {
  const better = /^[\w-]+$/.test(host) ? `, so --name ${host} may be better` : ''
  return `⚠ it calls itself ${cut(host)}, and its messages name that machine${better}`
}

function commandsLine(commands: Introduction['portrait']['commands']): string {
  if (commands === undefined)
    return '⚠ these commands are not on its PATH: messages arrive, but nobody reads or answers them with these'
  if (commands === 'scripts')
    return '⚠ only the scripts: messages go both ways and are verified; it has no --next, --reply-to, hooks or [trust]'
  return `✓ commands ${cut(commands.version)}`
}

function namesOf(projects: readonly string[]): string {
  const others = projects.length - MOST_NAMED
  const named = projects.slice(0, MOST_NAMED).map(cut).join(', ')
  const count = projects.length === 1 ? '1 project' : `${projects.length} projects`
  return `${count}: ${named}${others > 0 ? `, and ${others} more` : ''}`
}

function noWayBack(
  missed: readonly { readonly host: string; readonly why: string }[],
  machine: string,
): string[] {
  const tries = missed.map(({ host, why }) => `    ${cut(host)}: ${cut(why)}`)
  return [
    `✗ does not reach this machine by ssh, so it gets no [peers.${machine}] and cannot write first:`,
    ...tries,
    `    make \`ssh ${machine} true\` work there without a question, and run this line again`,
  ]
}

function meaning({ target, theirs, hasTrust }: Introduction): string[] {
  const { name } = target
  const lines: string[] = []
  if (theirs !== undefined)
    lines.push(
      hasTrust.here
        ? `Whoever has the key of ${name} may then write to the projects here as any project without a [trust.from].`
        : `Without [trust], whoever has the key of ${name} may then write to every project here, as any project.`,
    )
  lines.push(
    `The same is true there of our key. On ${name}, \`gpg --list-secret-keys\` shows its fingerprint.`,
  )
  return lines
}

/** The last line. */
export function outcome({ target, portrait, steps, theirs }: Introduction): string {
  const project = portrait.projects[0] ?? 'PROJECT'
  if (steps.length === 0) return `${target.name} is known already: nothing was changed`
  const isComplete = theirs !== undefined && portrait.rsync !== undefined && portrait.gpg !== undefined
  const rest = isComplete ? '' : ', as far as possible'
  return `${target.name} is added${rest}; write to it: cross-agent-send ${target.name}.${/^[\w-]+$/.test(project) ? project : 'PROJECT'} -m "Hello"`
}

function cut(words: string): string {
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words
}

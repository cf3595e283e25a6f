import { createHash } from 'node:crypto'
import { haltMessage } from '@cac/core/brake/halt'
import type { ArchivedMessage } from '@cac/core/mailbox/archive'
import type { State } from '@cac/core/mailbox/mailbox'
import { counted } from '@cac/core/text/counted'
import { cutText } from '@cac/core/text/fold'
import { pathWord } from '@cac/core/text/shell'
import { utcSecond } from '@cac/core/text/utc'
import { gapText } from '../gap-text'
import { takeText } from '../render-take'
import { inLine, inLines } from './escape'
import { type Accepted, type Conversation, conversationsIn, type PageContent } from './page'

/** The first line of each of our pages: only a file that begins so is written over. */
export const PAGE_BEGINS = '<!DOCTYPE html><!-- cross-agent-status --html -->'

/** Characters of one body, and of all bodies of a page; of a field. The rest is one command away. */
const LONGEST_BODY = 20_000
const ALL_BODIES = 3_000_000
const LONGEST_FIELD = 300
/** Messages without text that a page lists. */
const MOST_LISTED = 500

/** What a page is made of besides its content. */
export interface PageParts {
  readonly style: string
  readonly script: string
}

/**
 * The whole page (contract C32). It holds all that it needs, and its policy lets it load nothing and run nothing but our
 * script. It has all its text without that too.
 */
export function renderPage(content: PageContent, { style, script }: PageParts): string {
  const { machine, project, now, renewal } = content
  const conversations = conversationsIn(content.archive)
  const title = `Messages ${project === undefined ? `on ${machine}` : `of ${project} on ${machine}`}`
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `${PAGE_BEGINS}
<html lang="en" data-renew="${renewal ?? 0}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${renewal === undefined ? '' : `<noscript><meta http-equiv="refresh" content="${renewal}"></noscript>\n`}<title>${inLine(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${inLine(title)}</h1>
<p class="soft">As of <time datetime="${utcSecond(now)}">${when(now)}</time>. Times are in UTC.</p>
${haltText(content)}</header>
<main>
${summary(content, conversations)}
<div id="search" role="search" hidden><label>Search <input type="search" autocomplete="off"></label>
<output class="soft" aria-live="polite"></output></div>
<h2 id="conversations">Conversations</h2>
${conversations.length === 0 ? '<p>None.</p>\n' : bodiesWithin(conversations, machine).join('')}${kept(content)}${withoutText(content.archive)}</main>
<script>${script}</script>
</body>
</html>
`
}

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`

const when = (moment: number) => utcSecond(moment).replace('T', ' ').replace(/\+.*/, '')

function haltText({ halt }: PageContent): string {
  if (halt === undefined) return ''
  return `<p class="halt" role="alert">${field(haltMessage('Halted', halt))}</p>\n`
}

function summary({ archive, kept: unsent }: PageContent, conversations: readonly Conversation[]): string {
  const counts = new Map<State, number>()
  for (const { message } of archive) counts.set(message.state, (counts.get(message.state) ?? 0) + 1)
  const states = (['waiting', 'taken', 'aside', 'released', 'done'] as const).flatMap((state) => {
    const count = counts.get(state)
    return count === undefined ? [] : [`<span class="state ${state}">${count} ${state}</span>`]
  })
  const refused = archive.filter(({ shown }) => shown.is === 'refused').length
  const unchecked = archive.filter(({ shown }) => shown.is === 'not-checked').length
  const links = [
    `<a href="#conversations">${counted(conversations.length, 'conversation')}</a>`,
    ...(unsent.length > 0 ? [`<a href="#kept">${counted(unsent.length, 'message')} kept, not sent</a>`] : []),
    ...(refused > 0 ? [`<a href="#refused">${counted(refused, 'message')} not accepted</a>`] : []),
    ...(unchecked > 0 ? [`<a href="#unchecked">${counted(unchecked, 'message')} not checked yet</a>`] : []),
  ]
  return `<nav aria-label="Parts of this page"><ul>${links.map((one) => `<li>${one}</li>`).join('')}</ul></nav>
<p>${states.join(' ')}</p>`
}

/** The conversations as HTML. The latest get their bodies first. */
function bodiesWithin(conversations: readonly Conversation[], machine: string): string[] {
  let left = ALL_BODIES
  return conversations.map((conversation, index) => {
    const size = conversation.messages.reduce(
      (sum, { shown }) => sum + Math.min(shown.body.length, LONGEST_BODY),
      0,
    )
    const isWhole = size <= left
    if (isWhole) left -= size
    return conversationHtml(conversation, machine, { isWhole, isOpen: index === 0 })
  })
}

function conversationHtml(
  { name, messages, gaps, forks }: Conversation,
  machine: string,
  { isWhole, isOpen }: { readonly isWhole: boolean; readonly isOpen: boolean },
): string {
  const last = messages.at(-1)
  const first = messages[0]
  const names = new Set(
    messages.flatMap(({ message }) => [shortAddress(message.from, machine), message.project]),
  )
  const open = (['waiting', 'taken', 'aside'] as const).flatMap((state) => {
    const count = messages.filter(({ message }) => message.state === state).length
    return count === 0 ? [] : [`<span class="state ${state}">${count} ${state}</span>`]
  })
  const warnings = [
    ...(gaps.length > 0 ? [`not on this machine, so sent to another or lost: ${gapText(gaps)}`] : []),
    ...forks.map((sequence) => `different messages are number ${sequence}`),
  ]
  return `<details data-name="${field(name)}"${isOpen ? ' open' : ''}><summary><strong>${field(first?.shown.header.get('TITLE') || name)}</strong> ${open.join(' ')}
<span class="names">${field([...names].join(', '))} · ${counted(messages.length, 'message')} · ${when(last?.message.moment ?? 0)} · ${field(name)}</span></summary>
${warnings.map((warning) => `<p class="bad">⚠ ${field(warning)}</p>\n`).join('')}${messages.map((one) => messageHtml(one, isWhole)).join('')}</details>
`
}

/** A project of this machine goes without the machine. */
function shortAddress(from: string | undefined, machine: string): string {
  if (from === undefined) return '?'
  return from.startsWith(`${machine}.`) ? from.slice(machine.length + 1) : from
}

function messageHtml({ message, shown }: Accepted, hasBody: boolean): string {
  const { header, body, signers } = shown
  const { state, taken, path, project, moment, from = '?' } = message
  const value = (name: string) => field(header.get(name) || '?')
  const who = signers.map(({ userId, primary }) => `${userId} ${primary}`).join(', ')
  const cut = body.length > LONGEST_BODY
  const text = hasBody ? inLines(cutText(body, LONGEST_BODY)) : ''
  const more = hasBody && !cut ? '' : `<p>The ${hasBody ? 'rest' : 'text'}: ${command(path)}</p>\n`
  return `<article><h3>${value('TITLE')} <span class="state ${state}">${state}</span></h3>
<p>${field(from)} → ${field(project)} · ${value('MESSAGE_TYPE')} · number ${value('SEQUENCE')} · <time datetime="${utcSecond(moment)}">${when(moment)}</time></p>
<p class="good">✓ signed by ${field(who)}</p>
${taken === undefined ? '' : `<p class="taken">${field(takeText(taken))}</p>\n`}${text === '' ? '' : `<pre>${text}</pre>\n`}${more}<p><code>${field(path, Number.POSITIVE_INFINITY)}</code></p></article>
`
}

const command = (path: string) =>
  `<code>cross-agent-recv --show ${field(pathWord(path), Number.POSITIVE_INFINITY)}</code>`

function kept({ kept: unsent }: PageContent): string {
  if (unsent.length === 0) return ''
  const items = unsent.map(
    ({ destination, name, lastTry }) =>
      `<li>to ${field(destination)}, tried last ${field(lastTry)}: <code>${field(name)}</code></li>\n`,
  )
  return `<h2 id="kept">Kept, not sent yet</h2>
<p class="soft">Send them with: <code>cross-agent-send --retry-failed</code></p>
<ul>${items.join('')}</ul>
`
}

/** Messages of which no text is shown: nobody has vouched for it. */
function withoutText(archive: readonly ArchivedMessage[]): string {
  const refused = archive.flatMap(({ message, shown }) =>
    shown.is === 'refused' ? [{ message, why: ` <span class="bad">✗ ${field(shown.reason)}</span>` }] : [],
  )
  const unchecked = archive.flatMap(({ message, shown }) =>
    shown.is === 'not-checked' ? [{ message, why: '' }] : [],
  )
  return [
    list('refused', 'Not accepted', 'recv does not accept these. Their text is not shown.', refused),
    list(
      'unchecked',
      'Not checked yet',
      'Each time the page is written, some more are checked. Their text is not shown before that.',
      unchecked,
    ),
  ].join('')
}

function list(
  id: string,
  heading: string,
  text: string,
  messages: readonly { readonly message: ArchivedMessage['message']; readonly why: string }[],
): string {
  if (messages.length === 0) return ''
  const latest = messages.slice(-MOST_LISTED).reverse()
  const items = latest.map(
    ({ message: { path, project, state }, why }) =>
      `<li>${field(project)} <span class="state ${state}">${state}</span>${why} <code>${field(path, Number.POSITIVE_INFINITY)}</code></li>\n`,
  )
  const rest = messages.length - latest.length
  return `<h2 id="${id}">${heading}</h2>
<p class="soft">${text}</p>
<ul>${items.join('')}</ul>
${rest > 0 ? `<p>And ${counted(rest, 'older message')}.</p>\n` : ''}`
}

/** In one line, and not longer than people read. */
function field(text: string, longest = LONGEST_FIELD): string {
  return inLine(text.length > longest ? cutText(text, longest) : text)
}

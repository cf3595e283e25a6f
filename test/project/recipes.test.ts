import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf, commands, root } from '../../scripts/project.mjs'
import type { Home } from '../support/home'
import { home, it, itLong } from '../support/own-home'
import { has } from '../support/programs'
import { codeBlocks, readmeLines } from '../support/readme'
import { until } from '../support/until'

const DOCUMENT = 'docs/recipes.md'
const PEERS = '.config/cross-agent-comms/peers.toml'

/** The blocks of a recipe. */
const recipe = (section: string) =>
  codeBlocks(DOCUMENT)
    .filter((block) => block.section === section)
    .map(({ text }) => text)

/** A home with a key, two projects, and our commands on PATH. */
async function prepare(of: Home): Promise<void> {
  await of.makeKey()
  for (const command of commands)
    of.stub(`cross-agent-${command}`, `exec '${process.execPath}' '${binOf(command)}' "$@"`)
  for (const project of ['mill', 'bakery']) mkdirSync(join(of.path, 'projects', project), { recursive: true })
}

/** Pastes lines into a shell, where they must succeed. Returns what they print. */
async function paste(
  lines: string,
  { project = 'mill', env = {} }: { project?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const cwd = join(home.path, 'projects', project)
  const done = await home.exec('sh', ['-ec', lines], { cwd, env })
  expect(done, done.stderr).toMatchObject({ exitCode: 0 })
  return done.stdout
}

const namesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.org'))

describe('docs/recipes.md', () => {
  it('rings a phone for what recv would process alone, and tells it only the project', async ({ skip }) => {
    if (!has('curl')) skip()
    await prepare(home)
    const rings: string[] = []
    const server = createServer(async (request, response) => {
      rings.push(`${request.headers.title}: ${await bodyOf(request)}`)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const [program = '', watch = ''] = recipe('Ring a phone when a person must decide')
    await paste(program)
    const escalate = 'cross-agent-send bakery --type escalate -m '
    await paste('cross-agent-send bakery -m "Three sacks, please."')
    await paste(`${escalate} "Forged." --no-sign`)
    await paste(`${escalate} "The oven burns."`)
    const child = home.spawn('sh', ['-ec', watch.replace(/https:.*/, `http://127.0.0.1:${port}/topic`)], {
      detached: true,
    })
    try {
      await until(() => rings.length > 0, 'a ring')
      await paste('cross-agent-send mill --type escalate -m "Which oven?"', { project: 'bakery' })
      await until(() => rings.length > 1, 'another ring')
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid)
      await new Promise((resolve) => server.close(resolve))
    }
    expect(rings).toEqual(
      ['bakery', 'mill'].map((project) => `A person must decide: Mail waits in ${project}`),
    )
  })

  itLong('lets several workers share one inbox', async () => {
    await prepare(home)
    const [workers = ''] = recipe('Let several workers share one inbox')
    const [loop = ''] = readmeLines('The loop')
    home.write('bin/mail-loop', loop)
    home.stub('handle', `sed -n '1,/^title: /s/^title: //p' >> '${home.path}/handled'`)
    const titles = Array.from({ length: 6 }, (_, number) => `Order ${number}`)
    for (const title of titles) await paste(`cross-agent-send bakery -m "${title}"`)
    await paste(workers)
    expect(readFileSync(join(home.path, 'handled'), 'utf8').split('\n').filter(Boolean).sort()).toEqual(
      titles,
    )
    expect(namesIn(home.inbox('bakery'))).toEqual([])
  })

  it('reports every night', async () => {
    await prepare(home)
    home.write('projects/bakery/report', '#!/bin/sh\necho "All loaves are sold."\n', 0o755)
    const [crontab = ''] = recipe('Report every night')
    const [, path = ''] = /^PATH=(.*)$/m.exec(crontab) ?? []
    const [, command = ''] = /^0 5 \* \* \* {2}(.*)$/m.exec(crontab) ?? []
    // cron gives a home, a shell and the PATH of the table. There, our commands and node lie in the first folder.
    const ours = path.replace('/usr/local/bin', home.programs)
    const env = [`HOME=${home.path}`, `GNUPGHOME=${home.env.GNUPGHOME ?? ''}`, `PATH=${ours}`]
    const done = await home.exec('env', ['-i', ...env, 'sh', '-c', command])
    expect(done, done.stderr).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await paste('cross-agent-recv --next')).toContain('All loaves are sold.')
  })

  it('searches all that was ever said', async ({ skip }) => {
    if (!has('rg')) skip()
    await prepare(home)
    await paste('cross-agent-send bakery -m "Three sacks, please."')
    await paste('cross-agent-recv --done inbox/from-agents/*.org', { project: 'bakery' })
    await paste('cross-agent-send mill --type escalate -m "Whose sacks?"', { project: 'bakery' })
    const [search = ''] = recipe('Search all that was ever said')
    const [everywhere = '', escalations = ''] = search.trimEnd().split('\n')
    const [finished] = namesIn(join(home.inbox('bakery'), 'done'))
    const [waiting] = namesIn(home.inbox('mill'))
    const found = await paste(everywhere)
    expect(found).toContain(finished)
    expect(found).toContain(waiting)
    expect(await paste(escalations)).toBe(`${join(home.inbox('mill'), waiting ?? '')}\n`)
  })

  itLong('gives each project its own key, and ties projects to keys', async () => {
    await prepare(home)
    const keys = async () => {
      const { stdout } = await home.exec('gpg', ['--list-secret-keys', '--with-colons'])
      return [...stdout.matchAll(/^fpr:+([0-9A-F]{40}):$/gm)].map(([, fingerprint = '']) => fingerprint)
    }
    const [common = ''] = await keys()
    mkdirSync(join(home.path, 'projects/career'))
    const [make = ''] = recipe('Give each project its own key')
    for (const project of ['bakery', 'career']) {
      await paste('git init -q', { project })
      await paste(make.replaceAll('bakery', project), { project })
    }
    const [bakery, career] = (await keys()).filter((key) => key !== common)
    expect(await paste('git config user.signingkey', { project: 'career' })).toBe(`${career}\n`)
    const [trust = ''] = recipe('Tie projects to the keys of a team')
    home.write(
      PEERS,
      trust
        .replaceAll('0123456789ABCDEF0123456789ABCDEF01234567', bakery ?? '')
        .replaceAll('89ABCDEF0123456789ABCDEF0123456789ABCDEF', career ?? ''),
    )
    const decisionOn = async (project: string, key: string) => {
      const sent = await paste(`cross-agent-send mill --key ${key} -m "Hello."`, { project })
      const path = sent.trim().replace(/^sent: /, '')
      const { stdout } = await home.run('recv', [path])
      return /^decision: (\w+)/m.exec(stdout)?.[1]
    }
    expect(await decisionOn('career', career ?? '')).toBe('process')
    expect(await decisionOn('bakery', bakery ?? '')).toBe('process')
    expect(await decisionOn('career', bakery ?? '')).toBe('reject')
    expect(await decisionOn('bakery', common)).toBe('reject')
  })
})

it('has a test of each recipe', () => {
  const sources = ['recipes', 'readme-machines'].map((name) =>
    readFileSync(join(root, `test/project/${name}.test.ts`), 'utf8'),
  )
  for (const { section } of codeBlocks(DOCUMENT)) expect(sources.join('\n')).toContain(`'${section}'`)
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

import { existsSync } from 'node:fs'
import type { Context } from '../command/context'
import { textIfThere } from '../fs/files'
import { joinPath } from '../fs/paths'
import { toPath } from '../text/raw-name'

/** The labels of our agents, as launchd calls what it starts for a user. */
export const WATCHER = 'cross-agent-watch'
export const RETRIES = 'cross-agent-retry'

/** The folder of this user's agents. */
export function agentFolder({ home }: Context): string {
  return joinPath(home, 'Library/LaunchAgents')
}

/** The property list of an agent, whether it exists or not. */
export function agentFile(label: string, context: Context): string {
  return `${agentFolder(context)}/${label}.plist`
}

/** What launchd writes an agent's standard error to. */
export function agentLog(label: string, { home }: Context): string {
  return joinPath(home, `Library/Logs/${label}.log`)
}

/** Whether an agent's property list is there. */
export function isInstalled(label: string, context: Context): boolean {
  return existsSync(toPath(agentFile(label, context)))
}

/** An agent, and its property list. With `retries`, also the agent that retries kept messages (contracts C19, C2). */
export async function agentTexts(
  retries: boolean,
  path: string,
  context: Context,
): Promise<readonly (readonly [label: string, text: string])[]> {
  const templates = await templatesOf(retries)
  return templates.map(([label, template]) => [label, filled(template, escapeXml(path), context)])
}

async function templatesOf(retries: boolean): Promise<readonly (readonly [label: string, text: string])[]> {
  const { default: watcher } = await import('../../../../launchd/cross-agent-watch.plist?raw')
  if (!retries) return [[WATCHER, watcher]]
  const { default: retry } = await import('../../../../launchd/cross-agent-retry.plist?raw')
  return [
    [WATCHER, watcher],
    [RETRIES, retry],
  ]
}

function filled(template: string, path: string, { home }: Context): string {
  return template.replace(/@(PATH|HOME)@/g, (_, name) =>
    name === 'PATH' ? path : escapeXml(home.replace(/\/+$/, '')),
  )
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The state of each property list. PATH may be any. Throws the system's error if one cannot be read. */
export async function installedAgents(
  retries: boolean,
  context: Context,
): Promise<readonly { readonly label: string; readonly is: 'absent' | 'current' | 'other' }[]> {
  return (await templatesOf(retries)).map(([label, template]) => {
    const installed = textIfThere(agentFile(label, context))
    if (installed === undefined) return { label, is: 'absent' }
    const path = /<key>PATH<\/key>\s*<string>([^<]*)<\/string>/.exec(installed)?.[1] ?? ''
    return { label, is: installed === filled(template, path, context) ? 'current' : 'other' }
  })
}

import { AGENT_NAMES } from '@cac/core/agents/agent'
import type { CommandTable, Values } from '@cac/core/command/table'
import { watchFailures } from './failures'

const ACTIONS = ['install', 'remove', 'check'] as const
const ONE_ACTION = '--install, --remove and --check exclude each other'

export const watchTable = {
  name: 'cross-agent-watch',
  description:
    'Watches inbox/from-agents/ directories for new cross-agent messages and fires\ndesktop notifications.',
  details: [
    'Runs until it is stopped. With --once it waits for one message. With --exec it runs a program for each.',
    'A message waits while it is in an inbox, unless a release answers it, or recv moves it with --done or --aside.',
  ],
  failures: watchFailures,
  failureExit: 1,
  style: 'shell',
  positionals: [],
  options: {
    'projects-glob': {
      kind: 'glob',
      placeholder: 'GLOB',
      describe: 'The inboxes to watch (default: ~/projects/*/inbox/from-agents/)',
    },
    log: {
      kind: 'file',
      placeholder: 'PATH',
      describe: 'The log (default: ~/.local/state/cross-agent-comms/watch.log)',
    },
    quiet: { kind: 'flag', describe: 'Print nothing; still notify and log' },
    'no-notify': { kind: 'flag', describe: 'Notify nobody; still print and log' },
    once: {
      kind: 'flag',
      added: true,
      describe: 'Print the path of the first message that waits or arrives, and exit',
    },
    timeout: {
      kind: 'seconds',
      added: true,
      placeholder: 'SECONDS',
      describe: 'Give up after this time',
    },
    new: {
      kind: 'flag',
      added: true,
      describe: 'Count only messages that arrive after the start',
    },
    here: {
      kind: 'flag',
      added: true,
      describe: 'Watch only the project of the working folder',
    },
    project: {
      kind: 'project',
      added: true,
      placeholder: 'NAME',
      describe: 'Watch only this project; with --hook: the folder that holds the settings',
    },
    json: { kind: 'flag', added: true, describe: 'Print path, project and header as JSON' },
    hook: {
      kind: 'text',
      added: true,
      placeholder: 'AGENT',
      choices: AGENT_NAMES,
      describe: 'Answer a hook of claude, codex, gemini, cursor or opencode; with --once: wake the agent',
    },
    install: {
      kind: 'flag',
      added: true,
      describe: 'Write the hooks into the settings of the agent',
    },
    brake: {
      kind: 'flag',
      added: true,
      describe: 'With --install: also refuse all tools of the agent while HALT is there',
    },
    allow: {
      kind: 'flag',
      added: true,
      describe: 'With --install: also let the agent send, receive and look at mail without a question',
    },
    check: { kind: 'flag', added: true, describe: 'Report whether the hooks are installed' },
    remove: { kind: 'flag', added: true, describe: 'Remove the hooks' },
    service: {
      kind: 'text',
      added: true,
      placeholder: 'ACTION',
      choices: ['install', 'check', 'remove', 'run'],
      describe:
        'install, check or remove the watcher as a service, by systemd or launchd; run: run as the service does',
    },
    retry: {
      kind: 'flag',
      added: true,
      describe: 'Include the timer that retries kept messages',
    },
    exec: {
      kind: 'command-line',
      added: true,
      placeholder: 'CMD [ARG...]',
      describe:
        'Run CMD with the path of each message that waits or arrives. This must be the last option: the rest is CMD',
    },
  },
  rules: [
    { of: ['service'], isChoice: true },
    { of: ['hook'], isChoice: true },
    {
      of: ['retry'],
      needs: ['service install', 'service check'],
      problem: '--retry needs --service install or check',
    },
    { of: ACTIONS, needs: ['hook'], problem: '--install, --remove and --check need --hook' },
    { of: ['install'], excludes: ['remove', 'check'], problem: ONE_ACTION },
    { of: ['remove'], excludes: ['check'], problem: ONE_ACTION },
    {
      of: ['hook'],
      unless: ACTIONS,
      excludes: ['project'],
      problem: '--project needs --install, --remove or --check here',
    },
    { of: ['brake', 'allow'], needs: ['hook'], problem: '--brake and --allow need --hook … --install' },
    { of: ['allow'], needs: ['install'], problem: '--allow needs --install' },
    { of: ['brake'], excludes: ['remove', 'check', 'once'], problem: '--brake goes with --install' },
    { of: ACTIONS, excludes: ['once'], problem: '--once goes with --hook alone' },
    {
      of: ['hook'],
      excludes: ['here', 'new', 'json', 'timeout', 'exec', 'service'],
      problem: '--hook goes with --once, --install, --remove, --check and --project only',
    },
    { of: ['here'], excludes: ['project'] },
    {
      of: ['here', 'project'],
      unless: ['hook'],
      excludes: ['projects-glob'],
      problem: '--projects-glob names all inboxes: leave out --here and --project',
    },
    {
      of: ['here', 'project', 'new'],
      unless: ['hook'],
      needs: ['once', 'exec'],
      problem: '--here, --project and --new need --once or --exec',
    },
    { of: ['timeout'], unless: ['hook'], needs: ['once'] },
    { of: ['json'], needs: ['once'] },
    { of: ['once'], excludes: ['exec'] },
  ],
  exitCodes: [
    [0, 'help or version shown; --once: a message waits'],
    [1, 'unknown flag, no inbox to watch, watching no longer possible, or settings unusable'],
    [2, '--hook claude --once: a message waits; the agent wakes; --hook … --brake: the tool is refused'],
    [5, '--once: halted'],
    [124, '--once: the time is up'],
  ],
  examples: [
    ['$0', 'all projects, with desktop notifications'],
    ['$0 --quiet --log /dev/null', 'notifications only'],
    ['$0 --once --here --timeout 600', 'wait up to ten minutes for mail to this project'],
    ['$0 --hook claude --install', 'tell Claude Code of mail in all projects'],
    ['$0 --hook codex --install --brake --allow', 'also obey HALT, and run our commands unasked'],
    ['$0 --exec ./handle', 'run ./handle MESSAGE for each message, one at a time'],
  ],
} as const satisfies CommandTable

/** The options as they were given. */
export type Options = Values<typeof watchTable>['options']

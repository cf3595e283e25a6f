import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../support/until'
import type { Lab } from './lab'

/** Of the screen. Wide enough that no prompt is wrapped. */
const SIZE = ['-x', '120', '-y', '40']

/** Milliseconds between two looks at the screen: each starts a program. */
const LOOK_AGAIN = 200
/** Milliseconds. Some agents need many seconds to start. */
const LIMIT = 180_000

/** An interactive session of the agent, in a terminal that tmux plays. */
export class Terminal {
  readonly #lab: Lab
  readonly #socket: string

  private constructor(lab: Lab, socket: string) {
    this.#lab = lab
    this.#socket = socket
  }

  /** Starts the agent in a project. */
  static async open(lab: Lab, project: string, command: readonly string[]): Promise<Terminal> {
    const terminal = new Terminal(lab, `${lab.path}/${project}.tmux`)
    const folder = lab.folder(project)
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...SIZE, '-c', folder, '--', ...command)
    return terminal
  }

  async screen(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p')).replace(/^\s*\n/gm, '')
  }

  /** Waits until the screen shows something. */
  async shows(what: RegExp, limit = LIMIT): Promise<void> {
    const isThere = async () => {
      await sleep(LOOK_AGAIN)
      return what.test(await this.screen())
    }
    await until(isThere, `${what} on the screen`, limit).catch(async (error: Error) => {
      throw new Error(`${error.message}; it shows:\n${await this.screen()}`)
    })
  }

  /** Types text, and Enter once the screen has it. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text)
    await this.shows(new RegExp(text.replace(/[^\w ]/g, '\\$&')))
    await this.press('Enter')
  }

  async press(key: string): Promise<void> {
    await this.#tmux('send-keys', key)
  }

  /** The agent's process. */
  async pid(): Promise<number> {
    return Number(await this.#tmux('display-message', '-p', '#{pane_pid}'))
  }

  /** Closes the terminal: the agent gets SIGHUP. */
  async close(): Promise<void> {
    await this.#lab.exec('tmux', ['-S', this.#socket, 'kill-server'])
  }

  async #tmux(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#lab.exec('tmux', ['-S', this.#socket, ...args])
    if (exitCode !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`)
    return stdout
  }
}

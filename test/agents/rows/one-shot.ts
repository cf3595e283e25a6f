import { until } from '../../support/until'
import type { Lab } from '../lab'
import { type Row, seconds } from './row'

/** The hooks cost some 0.3 s. On a busy machine that is some seconds; what waits for mail would take for ever. */
const AT_MOST = 3
/** The very first one also makes the agent's folders. */
const RUNS = 3

/** A run without a person: its answer, and how long it took in milliseconds. */
export interface OneShot {
  readonly stdout: string
  readonly took: number
}

/** The fastest of some runs in a project. */
export async function measureOnce(lab: Lab, project: string): Promise<OneShot> {
  const runs: OneShot[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now()
    const { exitCode, stdout, stderr } = await lab.once(
      project,
      lab.model.plan({ act: { say: 'forty-two' } }),
    )
    if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`)
    runs.push({ stdout, took: performance.now() - start })
  }
  return runs.sort((a, b) => a.took - b.took)[0] as OneShot
}

/** Runs with one prompt (C24). `plain` was measured before the hooks were there. */
export const oneShotRow = (plain: () => OneShot): Row => ({
  id: 'one-shot',
  title: 'a one-shot run gives the same answer, hardly later, and leaves nothing running',
  async check(lab, project) {
    await lab.mail(project)
    const { stdout, took } = await measureOnce(lab, project)
    if (stdout !== plain().stdout) throw new Error(`another answer: ${JSON.stringify(stdout)}`)
    await until(() => lab.ours().length === 0, `the end of ${lab.ours().join(', ')}`, 1_000)
    const more = took - plain().took
    if (took > AT_MOST * plain().took) throw new Error(`${seconds(more)} longer`)
    return `${(more / 1000).toFixed(2)} s longer than ${seconds(plain().took)}`
  },
})

import { until } from '../../support/until'
import type { Lab } from '../lab'
import { expectNotices, noticesSoFar, type Row, seconds } from './row'

/** The hooks cost some 0.3 s. On a busy machine that is some seconds; what waits for mail would take for ever. */
const AT_MOST = 3
/** Each is a run without our hooks and one with them, so that both meet the same machine. */
const PAIRS = 5

/** A run without a person: its answer, and how long it took in milliseconds. */
interface OneShot {
  readonly stdout: string
  readonly took: number
}

async function runOnce(lab: Lab, project: string, notices: number): Promise<OneShot> {
  const prompt = lab.model.plan({ act: { say: 'forty-two' } })
  const start = performance.now()
  const { exitCode, stdout, stderr } = await lab.once(project, prompt)
  const took = performance.now() - start
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`)
  expectNotices(noticesSoFar(lab), notices, 'the request')
  return { stdout, took }
}

/** Runs with one prompt (C24): each is told at its start. */
export const oneShotRow: Row = {
  id: 'one-shot',
  title: 'a one-shot run gives the same answer, hardly later, and leaves nothing running',
  async check(lab, project) {
    await lab.mail(project)
    const plain: number[] = []
    const hooked: number[] = []
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const without = await lab.withoutHooks(() => runOnce(lab, project, 0))
      const { stdout, took } = await runOnce(lab, project, 1)
      if (stdout !== without.stdout) throw new Error(`another answer: ${JSON.stringify(stdout)}`)
      await until(() => lab.ours().length === 0, `the end of ${lab.ours().join(', ')}`, 1_000)
      plain.push(without.took)
      hooked.push(took)
    }
    const more = median(hooked.map((took, pair) => took - (plain[pair] ?? 0)))
    if (Math.min(...hooked) > AT_MOST * Math.min(...plain)) throw new Error(`${seconds(more)} longer`)
    return `${(more / 1000).toFixed(2)} s longer than ${seconds(median(plain))}`
  },
}

/** Of an odd number. */
function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

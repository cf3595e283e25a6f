import { requireNotHalted } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { peersAtOnce } from '@cac/core/peers/reach'
import { holdSignals } from '@cac/core/programs/interruption'
import { mapParallel } from '@cac/core/programs/parallel'
import type { Delivered, PeerDelivery } from './deliver-to-peer'
import { DestinationReport } from './destination-report'
import type { Flags } from './options'
import type { AllOutgoing, Outgoing } from './outgoing'
import type { deliverHere, deliveryTo, sign, tellIfUnattended } from './send'

/** A message on its way to one of several destinations. */
interface Parcel {
  readonly outgoing: Outgoing
  readonly report: DestinationReport
  /** Undefined for a project of this machine. */
  readonly remote: PeerDelivery | undefined
  signature?: Uint8Array
}

/** The steps of one send. They come from its caller, since this is carried apart (see scripts/build.mjs). */
interface OneSend {
  readonly sign: typeof sign
  readonly deliveryTo: typeof deliveryTo
  readonly deliverHere: typeof deliverHere
  readonly tellIfUnattended: typeof tellIfUnattended
}

/**
 * Sends a message to each of several destinations, and returns the exit code of the first, in their order, that failed
 * (contract C29). Throws Failure if one cannot be signed: then nothing is sent.
 */
export async function sendToSeveral(
  all: AllOutgoing,
  options: Flags,
  one: OneSend,
  context: Context,
): Promise<number> {
  const interruption = holdSignals()
  const beforeStep = () => {
    interruption.check()
    requireNotHalted(context)
  }
  const stops = { interruption, beforeStep }
  const parcelOf = async (outgoing: Outgoing): Promise<Parcel> => {
    const report = new DestinationReport(outgoing.destinationText, context)
    const { peer } = outgoing.destination
    const remote = peer && (await one.deliveryTo(peer, outgoing, stops, options.retries, report.context))
    return { outgoing, report, remote }
  }
  const parcels = await Promise.all(all.map(parcelOf))
  try {
    // All are signed before one is sent: what keeps gpg from signing keeps it from signing any.
    for (const parcel of options['no-sign'] ? [] : parcels) {
      const steps = { ...stops, whileSigning: () => parcel.remote?.prepare() }
      parcel.signature = await one.sign(parcel.outgoing.message, options.key, steps, context)
    }
    return await deliverAll(parcels, options.retries, async ({ outgoing, signature, report }) => {
      const delivered = one.deliverHere(outgoing, signature, beforeStep, report.context)
      await one.tellIfUnattended(outgoing, report.context)
      return delivered
    })
  } finally {
    await Promise.all(parcels.map(({ remote }) => remote?.end()))
    interruption.release()
  }
}

async function deliverAll(
  parcels: readonly Parcel[],
  retries: number,
  deliverHere: (parcel: Parcel) => Promise<Delivered>,
): Promise<number> {
  // Whatever ends this process, those for other machines are kept from here on. `deliver` says why one cannot be.
  for (const { remote, signature } of parcels) await remote?.hold(signature).catch(() => {})
  const codes = new Map<Parcel, number>()
  const tryOne = async (parcel: Parcel, tries: number) => {
    const { report, remote, signature } = parcel
    const code = await report.of(async () => {
      const { exitCode } = await (remote === undefined
        ? deliverHere(parcel)
        : remote.deliver(signature, tries))
      return exitCode
    })
    codes.set(parcel, code)
    return code
  }
  const [here = [], ...there] = byMachine(parcels)
  for (const parcel of here) await tryOne(parcel, retries)
  // No machine waits for another that does not answer. One that has failed is tried once for each other message.
  await mapParallel(there, peersAtOnce(), async (group) => {
    let left = retries
    for (const parcel of group) if ((await tryOne(parcel, left)) !== 0) left = Math.min(left, 0)
  })
  return parcels.map((parcel) => codes.get(parcel) ?? 0).find((code) => code !== 0) ?? 0
}

/** Those for this machine, then those for each other machine, in their order. */
function byMachine(parcels: readonly Parcel[]): Parcel[][] {
  const groups = new Map<string | undefined, Parcel[]>([[undefined, []]])
  for (const parcel of parcels) {
    const machine = parcel.outgoing.destination.peer?.name
    const group = groups.get(machine)
    if (group === undefined) groups.set(machine, [parcel])
    else group.push(parcel)
  }
  return [...groups.values()]
}

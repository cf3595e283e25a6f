import type { Breach, Night } from '../history'
import { brakeHolds } from './brake'
import { oneHolder } from './holds'
import { noClaimKept } from './kept-claims'
import { nothingLeft } from './leftovers'
import { nothingLost } from './lost'
import { whereTokensLie } from './lying'
import { indexOf } from './night-index'
import { nobodyIn } from './nobody-in'
import { handledOnce } from './once'
import { oneOfEach } from './one-place'
import { inOrder } from './order'
import { nothingUntold } from './untold'
import { wakesBounded } from './wakes'

/**
 * Reads the history of a night and what lay on its disks, and returns each promise that was broken. It knows the
 * commands only from outside, and where it cannot be sure that a promise was broken, it says nothing.
 */
export function check(night: Night): Breach[] {
  const index = indexOf(night)
  const lying = whereTokensLie(index)
  return [
    ...nothingLost(index, lying),
    ...handledOnce(index),
    ...oneOfEach(index, lying),
    ...nobodyIn(index),
    ...oneHolder(index),
    ...inOrder(index),
    ...brakeHolds(index),
    ...wakesBounded(index),
    ...nothingUntold(index),
    ...nothingLeft(index),
    ...noClaimKept(index),
  ]
}

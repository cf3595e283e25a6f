import type { Context } from '../command/context'
import { usesLaunchd } from './manager'

/** A service that is installed and runs. */
export interface Service {
  /** The folder of the files that describe it. */
  readonly folder: string
  /** Whether kept messages are sent again. */
  readonly retries: boolean
}

/**
 * Installs the watcher as a service of this user and starts it. Also installs what retries kept messages, if `retries`
 * is set or it is there already. Throws Failure. Then everything is as before (contracts C19, C2).
 */
export async function installService(retries: boolean, context: Context): Promise<Service> {
  return (await managerOf(context)).installService(retries, context)
}

/** Throws Failure unless this version's service runs. Includes the retries if they are installed or wanted. */
export async function checkService(retries: boolean, context: Context): Promise<Service> {
  return (await managerOf(context)).checkService(retries, context)
}

/** Stops the watcher and removes its service, if there is one. Throws Failure if it cannot be stopped. */
export async function removeService(context: Context): Promise<void> {
  return (await managerOf(context)).removeService(context)
}

function managerOf(context: Context) {
  return usesLaunchd(context) ? import('./launchd-service') : import('./systemd-service')
}

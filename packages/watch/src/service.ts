import type { Context } from '@cac/core/command/context'
import { checkService, installService, removeService } from '@cac/core/service/watcher-service'

/** Installs the watcher as a service of this user. Throws Failure (contracts C19, C2). */
export async function install(wantsRetries: boolean, context: Context): Promise<number> {
  const { folder, retries } = await installService(wantsRetries, context)
  context.out(`installed in ${folder}; the watcher runs from now on and from each login\n`)
  tellOfRetries(retries, context)
  return 0
}

/** Tells whether the service is that of this version and runs. Throws Failure where it does not. */
export async function check(wantsRetries: boolean, context: Context): Promise<number> {
  const { retries } = await checkService(wantsRetries, context)
  context.out('installed, and the watcher is running\n')
  tellOfRetries(retries, context)
  return 0
}

/** Stops the watcher and removes its service. Throws Failure where it goes on running. */
export async function remove(context: Context): Promise<number> {
  await removeService(context)
  context.out('removed\n')
  return 0
}

function tellOfRetries(retries: boolean, { out }: Context): void {
  if (retries) out('what could not be sent is sent again every few minutes\n')
}

import { NO_BRAKE } from '../brake/run-brake'
import type { Context } from '../command/context'
import { takeSnapshot } from '../fs/snapshot'
import { osErrorText } from '../fs/system-error'
import { mapParallel } from '../programs/parallel'
import type { ThreadMessage } from './thread'
import { type Verification, verifyClaim } from './verify'

/** The result that recv would find for a message's signature. */
export type SignatureState = Verification | { readonly notChecked: true }

/** The most signatures verified, latest messages first; how many at a time; milliseconds after which no more start. */
const MOST = 100
const AT_ONCE = 4
const TIME_LIMIT = 60_000

/** Whether recv would refuse a message. One that was not or cannot be checked here may be good. */
export function isRefused(state: SignatureState | undefined): boolean {
  return state !== undefined && 'distrust' in state && state.cannotJudge !== true
}

/** The state of each message's signature, verified as recv does it. */
export function verifyThread(
  messages: readonly ThreadMessage[],
  context: Context,
): Promise<SignatureState[]> {
  const end = context.now() + TIME_LIMIT
  const first = messages.length - MOST
  return mapParallel([...messages.entries()], AT_ONCE, ([index, message]) => {
    const isDue = index >= first && context.now() < end
    return isDue ? verifyOne(message, context) : Promise.resolve({ notChecked: true } as const)
  })
}

async function verifyOne({ path, header }: ThreadMessage, context: Context): Promise<SignatureState> {
  let bytes: Buffer
  try {
    bytes = takeSnapshot(path).bytes
  } catch (error) {
    return { distrust: `cannot read: ${osErrorText(error, path)}` }
  }
  const conversation = header.get('CONVERSATION_ID') ?? ''
  return verifyClaim({ path, bytes, conversation, from: header.get('FROM') }, context, NO_BRAKE)
}

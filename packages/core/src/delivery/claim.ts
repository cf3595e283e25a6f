export const CANNOT_WRITE = 'the peer cannot write the message to its disk: is that full?'

/** What the peer said when it was asked for a name in one of its inboxes. */
export type Claim =
  /** `isSigned`: the signature lies there already, on disk. */
  | { readonly is: 'claimed'; readonly name: string; readonly isSigned: boolean }
  /** An earlier try has brought the message: nothing is left to do but to flush it. */
  | { readonly is: 'arrived'; readonly name: string }
  /** The project is not there: no further try will find it. */
  | { readonly is: 'no-project' }
  /** All names are in use there. */
  | { readonly is: 'no-name' }
  /** It did not answer in time, or the connection broke: to be tried again. */
  | { readonly is: 'failed'; readonly error: string }
  /** The question was not understood or nobody is there at all: rsync may say more. */
  | { readonly is: 'unknown' }

/** What lies on the peer under one of the names, and may be ours from an earlier try. */
export interface Found {
  readonly name: string
  /** Where the message lies; `nowhere`: only our signature has come, and no message. */
  readonly where: 'inbox' | 'done' | 'nowhere'
}

/** Which of those is ours, if one is; or why that cannot be told. */
export type Recognise = (found: readonly Found[]) => Promise<Found | { readonly error: string } | undefined>

/** What an answer says of the claim, if it says so. */
export function claimIn(answer: string | undefined, names: readonly string[]): Claim | undefined {
  if (answer === 'no-project') return { is: 'no-project' }
  if (answer === 'no-name') return { is: 'no-name' }
  if (answer === 'full') return { is: 'failed', error: CANNOT_WRITE }
  const [, how, place] = /^(claimed|signed|taken) (\d+)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  return name === undefined ? undefined : { is: 'claimed', name, isSigned: how !== 'claimed' }
}

/** What an answer says of what lies there already. */
export function foundIn(answer: string | undefined, names: readonly string[]): Found | undefined {
  const [, place, where] = /^found (\d+) (inbox|done|nowhere)$/.exec(answer ?? '') ?? []
  const name = names[Number(place)]
  if (name === undefined) return undefined
  return { name, where: where === 'inbox' || where === 'done' ? where : 'nowhere' }
}

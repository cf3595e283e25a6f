/** A moment by two clocks: one may be set back, the other says no time of day. */
export interface Moment {
  /** Nanoseconds since the epoch, by a clock that may be set. */
  readonly time: bigint
  /** Nanoseconds that only ever grow. */
  readonly steady: bigint
}

/** Now. */
export function moment(): Moment {
  return { time: nanoseconds(), steady: process.hrtime.bigint() }
}

/** When it was, in nanoseconds since the epoch: by the clock of then or of now, whichever is earlier. */
export function startOfThatMoment({ time, steady }: Moment): bigint {
  const byNow = nanoseconds() - (process.hrtime.bigint() - steady)
  return byNow < time ? byNow : time
}

/** Nanoseconds since the epoch, by the clock that may be set. */
export function nanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n
}

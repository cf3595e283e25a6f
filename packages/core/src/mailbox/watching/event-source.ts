/** Tells of changes in folders: hints only, for any of them may be lost. */
export interface EventSource {
  /** Ends it. No callback comes after this. */
  stop(): void
}

export interface EventListener {
  /** From now on changes are told of. */
  ready(): void
  /** Something has appeared under these paths, or so it seems; what is told of together comes together. */
  appeared(paths: readonly string[]): void
  /** It has ended by itself and tells of nothing any more. */
  ended(reason: string): void
}

export type StartEventSource = (folders: readonly string[], listener: EventListener) => EventSource

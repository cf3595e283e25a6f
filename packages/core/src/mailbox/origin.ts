import { looseName } from '../message/address'

/** `<YYYYMMDDTHHMMSSZ>-from-<sender>-<conversation>.org`, neither of the two empty. */
const GRAMMAR = /^\d{8}T\d{6}Z-from-(.+-.+)\.org$/s

/** What the name of a message says of its origin: of these projects, the one it is from. */
export type Origin = { readonly project: string | undefined } | { readonly outsideGrammar: true }

/**
 * The project among `known` that a name says its message is from. A dash may belong to the sender or to the
 * conversation; the signed conversation tells where it ends. Where it does not fit, every beginning up to a dash
 * may be the sender. Of several the longest is meant (contract B39). Names that people hardly tell apart are alike (B67).
 */
export function originOf(name: string, conversation: string, known: Iterable<string>): Origin {
  const stem = GRAMMAR.exec(name)?.[1]
  const end = `-${conversation}`
  if (stem === undefined || stem === end) return { outsideGrammar: true }
  const beginning = looseName(stem.endsWith(end) ? `${stem.slice(0, -end.length)}-` : stem)
  const meant = [...known].filter((project) => beginning.startsWith(`${looseName(project)}-`))
  return { project: meant.sort((a, b) => b.length - a.length)[0] }
}

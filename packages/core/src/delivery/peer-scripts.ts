import { projectFolder } from '../inbox/local-projects'
import { shellQuote } from '../text/shell'

/**
 * `flush FILE...` brings files and the working folder to the disk; fails where the disk does. Only coreutils flushes
 * single files: others are left alone, for to flush all that a machine has may take minutes.
 */
const FLUSH =
  'flush() { said=$(LC_ALL=C sync -- "$@" . 2>&1) || case $said in *"error syncing"*) return 1 ;; esac; }'

/** Flushes files in a folder, where the connection is gone over which their name was claimed. */
export const FLUSH_SCRIPT = [
  FLUSH,
  'cd -- "$1" || exit 1; answer="cross-agent $(($2 + $3))"; shift 3; echo',
  'if flush "$@"; then echo "$answer flushed"; else echo "$answer failed"; fi',
].join('; ')

/**
 * Finds what an earlier try has brought (contract C2): the names that our signature has, or, where that was not told,
 * any file. Says where each message lies and waits for the word what to do: `claim` a free name, or `take` the one of
 * a place in the list. `ours FILE` tells our signature by all its bytes.
 */
const FIND = [
  'ours() { [ $claim = signed ] || return 0; [ -f "$1" ] && [ $(wc -c < "$1") -lt 65536 ] || return 1',
  '[ "$(cat -- "$1"; echo .)" = "$signature" ]; }',
  // A receiver that moves it to done/ has it in both for a moment.
  'place=0; for name do where=; if ours "$name.asc" || ours "done/$name.asc"',
  'then if [ -e "$name" ]; then where=inbox; elif [ -e "done/$name" ]; then where=done',
  'elif [ $claim = signed ] && [ -e "$name.asc" ]; then where=nowhere; fi; fi',
  '[ -z "$where" ] || echo "$answer found $place $where"; place=$((place + 1)); done',
  'echo "$answer searched"; read -r word place || exit 1',
].join('; ')

/** The line that ends the signature on the input of `CLAIM_SCRIPT`. */
export const END_OF_SIGNATURE = '.'

/**
 * Run by the peer: makes a missing inbox of an existing project (B9) and claims the first free of some names
 * by creating its signature's name exclusively, so that no two senders get one name (B5). At the end it removes
 * claims that came to nothing more than a day ago (B47). No single quotes in here: it is quoted in them.
 *
 * With `$4` as `signed` the signature comes on the input and is put under that name, on disk before the message
 * comes (C20). With `empty` the name is only claimed. With `none` the message is unsigned and must not end up with
 * an empty signature: then it only looks.
 *
 * With `$3` as `again` it looks first for what an earlier try has brought.
 *
 * It answers with the place of the name in the list, so that nothing in a name can be taken for an answer, and
 * with a sum: a shell that repeats its command does not know it. Then it waits for words until its input ends: that
 * keeps the connection. `flush` brings what has arrived to the disk. `watch` does so as soon as the message has
 * arrived, within a minute or so: rsync takes four more ways to the peer and back to say good-bye.
 */
export const CLAIM_SCRIPT = [
  FLUSH,
  'umask 077; project=$1; inbox=$2; again=$3; claim=$4; answer="cross-agent $(($5 + $6))"; shift 6; echo',
  '[ -d "$project" ] || { echo "$answer no-project"; exit 0; }',
  'mkdir -p -- "$inbox" && cd -- "$inbox" || exit 1',
  // What the sender began and did not end is no signature.
  'if [ $claim = signed ]; then signature=$(sed "/^[.]$/q"); case $signature in *.) ;; *) exit 1 ;; esac; fi',
  `word=claim; if [ $again = again ]; then ${FIND}; fi`,
  'if [ "$word" = take ]; then shift "$place"; claimed=$1; else place=0; claimed=',
  'for name do if [ -e "$name" ] || [ -L "$name" ] || [ -e "$name.asc" ] || [ -L "$name.asc" ]; then :',
  'elif [ $claim = none ] || (set -C; : > "$name.asc") 2> /dev/null; then claimed=$name; break; fi',
  'place=$((place + 1)); done; fi',
  '[ -n "$claimed" ] || exit 1; set -- "$claimed"; [ $claim = none ] || set -- "$claimed.asc" "$claimed"',
  'if [ "$word" = take ]; then flush "$@"; echo "$answer taken $place"',
  'elif [ $claim = signed ]; then if printf %s "$' + '{signature%.}" > "$1" && flush "$1"',
  'then echo "$answer signed $place"; else rm -f -- "$1"; echo "$answer full"; exit 0; fi',
  'else echo "$answer claimed $place"; fi',
  'report() { if [ ! -e "$claimed" ]; then echo "$answer absent"; elif flush "$@"; then echo "$answer flushed"',
  'else echo "$answer failed"; fi; }',
  'watch() { left=6000; while [ ! -e "$claimed" ] && [ $((left -= 1)) -gt 0 ] && kill -0 $$',
  'do sleep 0.01 2> /dev/null || { sleep 1; left=$((left - 100)); }; done; report "$@"; }',
  // Beside the reading, and no longer than that: the end of the input ends both.
  'while read -r word; do if [ "$word" = watch ]; then watch "$@" & else report "$@"; fi; done',
  'find . -maxdepth 1 -type f -name "*.org.asc" -size 0 -mmin +1440 2> /dev/null | while IFS= read -r old',
  'do [ -e "$' + '{old%.asc}" ] || [ -L "$' + '{old%.asc}" ] || rm -f -- "$old"; done',
].join('; ')

/** A question that a peer answers by lines that begin with a sum which it has to work out. */
export class Question {
  readonly #a = randomNumber()
  readonly #b = randomNumber()

  /** The two numbers, as words of the command. */
  get words(): readonly string[] {
    return [`${this.#a}`, `${this.#b}`]
  }

  /** What follows the sum in a line of the peer's; undefined in any other line. */
  answerIn(line: string): string | undefined {
    const beginning = `cross-agent ${this.#a + this.#b} `
    const bare = line.replace(/\r$/, '')
    return bare.startsWith(beginning) ? bare.slice(beginning.length) : undefined
  }
}

function randomNumber(): number {
  return 1_000_000 + Math.floor(Math.random() * 1_000_000)
}

/** The folder that must be there and the inbox itself, as words for the peer's shell. */
export function folderWords(inbox: string): readonly [project: string, inbox: string] {
  return [pathOnPeer(projectFolder(inbox)), pathOnPeer(inbox)]
}

/** A path as a word for the peer's shell, in which alone `~` is expanded (contract B10). */
export function pathOnPeer(path: string): string {
  return path.startsWith('~/') ? `"$HOME"/${shellQuote(path.slice(2))}` : shellQuote(path)
}

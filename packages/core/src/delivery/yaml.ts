/** A deeper value is not a header field, and could overflow the parser's stack. */
const DEEPEST = 20
export const NESTING_LIMIT = `more than ${DEEPEST} levels`

/** The parser's position. `line` counts from 0. */
interface Position {
  readonly line: number
  readonly position: number
}

/** Our own refusal, with its position as in the parser's errors. */
class Refusal extends Error {
  readonly mark: { readonly line: number }

  constructor(message: string, { line }: Position) {
    super(message)
    this.mark = { line }
  }
}

/**
 * A YAML reader that keeps all values as written text. It refuses anchors, so that no alias can repeat a value without
 * limit, and all tags except those of strings, lists and maps. It also refuses a text of several lines: folding would
 * absorb a next line that was indented by mistake. Throws the parser's errors.
 */
export async function readYaml(): Promise<(text: string) => object> {
  const { default: yaml } = await import('js-yaml')
  return (text) => {
    const open: Position[] = []
    const found: unknown = yaml.load(text, {
      schema: yaml.FAILSAFE_SCHEMA,
      listener(event, state) {
        const here = { line: state.line, position: state.position }
        if (open.length > DEEPEST) throw new Refusal(NESTING_LIMIT, here)
        // An anchor is known here before an alias can refer to it.
        const [anchor] = Object.keys(anchorsOf(state))
        if (anchor !== undefined) throw new Refusal(`anchors and aliases are not read: &${anchor}`, here)
        if (event === 'open') open.push(here)
        else {
          const start = open.pop() ?? here
          const isText = typeof state.result === 'string'
          if (isText && text.slice(start.position, here.position).trim().includes('\n'))
            throw new Refusal('a value of several lines', start)
        }
      },
    })
    // gray-matter needs an object; other values have no fields.
    return typeof found === 'object' && found !== null ? found : []
  }
}

/** The parser's own state, which its types describe only in part. */
function anchorsOf(state: object): object {
  const anchors = 'anchorMap' in state ? state.anchorMap : undefined
  if (typeof anchors !== 'object' || anchors === null) throw new Error('anchors cannot be told')
  return anchors
}

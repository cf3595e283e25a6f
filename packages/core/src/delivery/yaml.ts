/** Deeper than this a value is no header field anyway, and the parser's stack would be at risk. */
const DEEPEST = 20
export const NESTING_LIMIT = `more than ${DEEPEST} levels`

/** What the parser tells of where it is. `line` counts from 0. */
interface Position {
  readonly line: number
  readonly position: number
}

/** A refusal of ours, with its place as the parser's own errors have it. */
class Refusal extends Error {
  readonly mark: { readonly line: number }

  constructor(message: string, { line }: Position) {
    super(message)
    this.mark = { line }
  }
}

/**
 * A reader of YAML in which everything is text as it was written. Anchors are refused, so that no alias can repeat a
 * value beyond measure; so are all tags but those of strings, lists and maps. A text of several lines is refused too:
 * folded into one, it would take in the line after it that was only indented by mistake. Throws what the parser throws.
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
        // An anchor is known here before an alias can ask for it.
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
    // gray-matter wants an object; what is none has no fields.
    return typeof found === 'object' && found !== null ? found : []
  }
}

/** The parser's own state, of which its types tell only a part. */
function anchorsOf(state: object): object {
  const anchors = 'anchorMap' in state ? state.anchorMap : undefined
  if (typeof anchors !== 'object' || anchors === null) throw new Error('anchors cannot be told')
  return anchors
}

import { type Act, json, type Protocol, stream } from './protocol'

/** Messages, as Claude Code and OpenCode speak it. https://docs.claude.com/en/api/messages-streaming */
export const anthropic: Protocol = {
  path: /\/messages$/,
  answer(act, body, id) {
    const name = body.tools?.find(({ name }) => /^bash$/i.test(name ?? ''))?.name ?? 'Bash'
    const message = {
      id: `msg_${id}`,
      type: 'message',
      role: 'assistant',
      model: body.model ?? 'stub',
      content: [block(act, name, id)],
      stop_reason: 'run' in act ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    return body.stream === true ? stream(events(act, message)) : json(message)
  },
}

const input = (command: string) => ({ command, description: 'as planned' })

function block(act: Act, name: string, id: string) {
  if ('say' in act) return { type: 'text', text: act.say }
  return { type: 'tool_use', id: `toolu_${id}`, name, input: input(act.run) }
}

function events<Block extends object>(act: Act, message: { content: Block[]; stop_reason: string }) {
  const [whole] = message.content
  const [content_block, delta] =
    'say' in act
      ? [
          { ...whole, text: '' },
          { type: 'text_delta', text: act.say },
        ]
      : [
          { ...whole, input: {} },
          { type: 'input_json_delta', partial_json: JSON.stringify(input(act.run)) },
        ]
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: 'message_stop' },
  ]
}

import { type Act, type Protocol, type RequestBody, stream } from './protocol'

/** Responses, as Codex speaks it. https://platform.openai.com/docs/api-reference/responses-streaming */
export const responses: Protocol = {
  path: /\/responses$/,
  answer(act, body, id) {
    const response = { id: `resp_${id}`, object: 'response', status: 'in_progress', output: [] }
    const item = outputItem(act, body, id)
    const usage = {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 2,
    }
    const events = [
      { type: 'response.created', response },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { ...response, status: 'completed', output: [item], usage } },
    ]
    return stream(events.map((event, sequence_number) => ({ ...event, sequence_number })))
  },
}

/** The name of the shell tool differs with the model that Codex believes to speak with. */
function outputItem(act: Act, { tools = [] }: RequestBody, id: string) {
  if ('say' in act) {
    const content = [{ type: 'output_text', text: act.say, annotations: [] }]
    return { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content }
  }
  const has = (name: string) => tools.some((tool) => tool.name === name)
  const call = { id: `fc_${id}`, call_id: `call_${id}`, status: 'completed' }
  if (has('exec')) return { ...call, type: 'custom_tool_call', name: 'exec', input: script(act.run) }
  const [name, args] = has('exec_command')
    ? ['exec_command', { cmd: act.run }]
    : ['shell_command', { command: act.run }]
  return { ...call, type: 'function_call', name, arguments: JSON.stringify(args) }
}

const script = (cmd: string) => `text(JSON.stringify(await tools.exec_command(${JSON.stringify({ cmd })})))`

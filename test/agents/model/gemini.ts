import { json, type Protocol, stream } from './protocol'

/** generateContent, as Gemini CLI speaks it. https://ai.google.dev/api/generate-content */
export const generateContent: Protocol = {
  path: /:(?:streamG|g)enerateContent$/,
  answer(act, body) {
    const part =
      'say' in act
        ? { text: act.say }
        : { functionCall: { name: 'run_shell_command', args: { command: act.run } } }
    const whole = {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      modelVersion: 'stub',
    }
    return body.stream === true ? stream([whole]) : json(whole)
  },
}

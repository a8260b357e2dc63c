// Prompts
// The messages of a model call, from whatever an author gave the effect that makes it. Pure.

export interface PromptMessage {
  readonly role: string
  readonly text: string
}

/** Empty: it holds no list of messages. */
export function messagesIn(input: unknown): readonly PromptMessage[] {
  const messages = typeof input === 'object' && input !== null && 'messages' in input ? input.messages : undefined
  if (!Array.isArray(messages)) return []
  return messages.map((message: unknown) => {
    const { role, text, content, ...rest } = (typeof message === 'object' && message !== null ? message : {}) as Partial<
      Record<string, unknown>
    >
    const said = [text, content].find((one) => typeof one === 'string')
    const others = Object.keys(rest).length === 0 ? '' : JSON.stringify(rest, undefined, 2)
    return { role: typeof role === 'string' ? role : 'message', text: typeof said === 'string' && said !== '' ? said : others }
  })
}

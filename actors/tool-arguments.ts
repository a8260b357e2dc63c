// Tool arguments
// Arguments that a person gives a call, checked against the schema of its tool before an actor sees them.
import { z } from 'zod'
import type { Tool } from './ports.ts'

const idCharsMax = 256
const byCharsMax = 256
const editsMax = 20

const id = z.string().min(1).max(idCharsMax)

/** The shape of `approve` where these tools are: an edit names its call and its tool, and its arguments fit that tool. */
export function approveWith(tools: ReadonlyMap<string, Pick<Tool, 'schema'>>) {
  const [first, ...others] = [...tools].map(([name, { schema }]) =>
    z.object({ id, name: z.literal(name), arguments: argumentsOf(schema.parameters) }),
  )
  const edit = first ? z.discriminatedUnion('name', [first, ...others]) : z.never()
  return z.object({ call: id.optional(), edits: z.array(edit).max(editsMax).optional(), by: z.string().max(byCharsMax).optional() })
}

/** Every fault, as `at.field: what is wrong`. None for a schema that cannot be checked: its tool says what it does not take. */
export function argumentFaults(schema: Readonly<Record<string, unknown>>, value: unknown, at: string): readonly string[] {
  const { error } = argumentsOf(schema).safeParse(value)
  return (error?.issues ?? []).flatMap((issue) => {
    const place = [at, ...issue.path].join('.')
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${place}.${key}: the tool takes no such argument; leave it out`)
      : [`${place}: ${issue.message}`]
  })
}

/** Some keywords of JSON schemas cannot be checked here. */
function argumentsOf(schema: Readonly<Record<string, unknown>>): z.ZodType {
  try {
    return z.fromJSONSchema(schema)
  } catch {
    return z.record(z.string(), z.unknown())
  }
}

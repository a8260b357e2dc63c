import fs from 'node:fs/promises'
import { Parser, type AsyncAPIDocumentInterface } from '@asyncapi/parser'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { subjects } from '../../machines/subject.ts'

let document: AsyncAPIDocumentInterface | undefined
let complaints: readonly string[]

/** Spectral's scale: 0 is an error, 1 a warning, more is advice. */
const warning = 1

beforeAll(async () => {
  const text = await fs.readFile(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8')
  const parsed = await new Parser().parse(text)
  document = parsed.document
  complaints = parsed.diagnostics
    .filter(({ severity }: { severity: number }) => severity <= warning)
    .map(({ message, path }) => `${path.join('.')}: ${message}`)
})

test('docs/asyncapi.yaml is a valid AsyncAPI 3.0 document', () => {
  expect(complaints).toEqual([])
  expect(document?.version()).toBe('3.0.0')
})

test('every message in docs/asyncapi.yaml has an example, and the examples fit their schemas', () => {
  const messages = document?.components().messages().all() ?? []
  expect(messages.length).toBeGreaterThan(8)
  for (const message of messages) {
    const examples = message.examples().all()
    expect(examples.length, message.id()).toBeGreaterThan(0)
    const schema = z.fromJSONSchema(message.payload()?.json() ?? false)
    for (const example of examples)
      expect(schema.safeParse(example.payload()).error, `${message.id()}, example ${example.name()}`).toBeUndefined()
  }
})

test('the subjects in docs/asyncapi.yaml are those of machines/subject.ts', () => {
  const names = subjects('{namespace}')
  const anyone = { tenant: '{tenant}', type: '{type}', key: 'KEY' }
  // `{key}` is no key that encodes to itself, and a partition is a number: stand-ins are put in and taken out again.
  const template = (subject: string): string => subject.replace('KEY', '{key}').replace('4711', '{partition}')
  const partition = 4711
  const channels = document?.channels().all() ?? []
  const expected = [
    names.send(anyone),
    names.frame(partition, anyone.tenant),
    names.event(anyone),
    names.watch,
    names.pressure(partition, anyone.tenant),
    names.query(partition, anyone.tenant),
    names.dryRun(partition, anyone.tenant),
    names.log(partition),
    names.dead(anyone),
    names.latest('{tenant}', '{type}'),
  ]
  expect(channels.flatMap((channel) => channel.address() ?? []).toSorted()).toEqual(expected.map(template).toSorted())
})

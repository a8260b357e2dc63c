import { expect, test } from 'vitest'
import { readField, schemaFields, textOf } from '../../../services/inspector/web/components/schema-fields.ts'

const schema = {
  type: 'object',
  properties: {
    file: { type: 'string', description: 'Below the folder' },
    lines: { type: 'integer' },
    mode: { enum: ['head', 'tail'] },
    deep: { type: 'boolean' },
    where: { type: 'object' },
  },
  required: ['file', 'lines'],
}
const fieldOf = (name: string, value: Readonly<Record<string, unknown>> = {}) => {
  const field = schemaFields(schema, value).find((one) => one.name === name)
  if (!field) throw new Error(`no field ${name}`)
  return field
}

test('a schema becomes fields in its order, and what it does not name is a field as well', () => {
  const fields = schemaFields(schema, { file: 'a\nb', password: 'x', constructor: 3 })
  expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
    ['file', 'long', true],
    ['lines', 'number', true],
    ['mode', 'choice', false],
    ['deep', 'boolean', false],
    ['where', 'json', false],
    ['password', 'text', false],
    ['constructor', 'number', false],
  ])
})

test('a value that is not of its type is written as JSON, so that nothing of it is lost', () => {
  const field = fieldOf('file', { file: ['a', 'b'] })
  expect(field.kind).toBe('json')
  expect(readField(field, textOf(field, ['a', 'b']))).toEqual({ ok: true, value: ['a', 'b'] })
})

test('what is written is read back, what may be left out is left out, and what cannot be read is said', () => {
  expect(readField(fieldOf('lines'), '12')).toEqual({ ok: true, value: 12 })
  expect(readField(fieldOf('lines'), '1.5')).toEqual({ ok: false, fault: 'it must be a whole number' })
  expect(readField(fieldOf('lines'), ' ')).toEqual({ ok: false, fault: 'lines is needed' })
  expect(readField(fieldOf('mode'), '')).toEqual({ ok: true, value: undefined })
  expect(readField(fieldOf('file'), '')).toEqual({ ok: true, value: '' })
  expect(readField(fieldOf('where'), '{')).toMatchObject({ ok: false })
  expect(readField(fieldOf('deep'), 'true')).toEqual({ ok: true, value: true })
})

test('a schema that is none has the fields of the value', () => {
  expect(schemaFields(undefined, { a: 1 })).toMatchObject([{ name: 'a', kind: 'number' }])
  expect(schemaFields('no', {})).toEqual([])
})

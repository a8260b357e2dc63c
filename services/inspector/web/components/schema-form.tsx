// Schema form
// An object as a form made of its JSON schema: a field each, and JSON where no field fits. What cannot be read is said beside its field.
import { useState } from 'preact/hooks'
import { readField, schemaFields, textOf, type Fields, type SchemaField } from './schema-fields.ts'

export interface SchemaFormProps {
  readonly schema: unknown
  readonly value: Fields
  /** What the fields are of, for those who hear it. */
  readonly label: string
  /** Fields that are not shown. */
  readonly leaveOut?: readonly string[]
  /** What others found wrong, by field. */
  readonly faults?: ReadonlyMap<string, string>
  /** With what cannot be read now, by field: such a field keeps its former value. */
  onChange(value: Fields, faults: ReadonlyMap<string, string>): void
}

export function SchemaForm({ schema, value, label, leaveOut = [], faults, onChange }: SchemaFormProps) {
  const [fields] = useState(() => schemaFields(schema, value).filter(({ name }) => !leaveOut.includes(name)))
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(
    () => new Map(fields.map((field) => [field.name, textOf(field, value[field.name])])),
  )
  const [unread, setUnread] = useState<ReadonlyMap<string, string>>(new Map())
  const change = (field: SchemaField, text: string): void => {
    setTexts(new Map([...texts, [field.name, text]]))
    const read = readField(field, text)
    const others = [...unread].filter(([name]) => name !== field.name)
    const now = new Map(read.ok ? others : [...others, [field.name, read.fault] as const])
    setUnread(now)
    onChange(read.ok ? withField(value, field.name, read.value) : value, now)
  }
  return (
    <div class="schema-form" role="group" aria-label={label}>
      {fields.length === 0 && <p class="muted">It takes nothing.</p>}
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          text={texts.get(field.name) ?? ''}
          fault={unread.get(field.name) ?? faults?.get(field.name)}
          onText={(text) => change(field, text)}
        />
      ))}
    </div>
  )
}

/** In its place; undefined: without it. */
function withField(value: Fields, name: string, inside: unknown): Fields {
  const added = Object.hasOwn(value, name) ? Object.entries(value) : [...Object.entries(value), [name, inside] as const]
  return Object.fromEntries(
    added.map(([known, former]) => [known, known === name ? inside : former]).filter(([, one]) => one !== undefined),
  )
}

interface FieldProps {
  readonly field: SchemaField
  readonly text: string
  readonly fault: string | undefined
  onText(text: string): void
}

const Field = ({ field, text, fault, onText }: FieldProps) => {
  const notes = [...(field.kind === 'json' ? ['as JSON'] : []), ...(field.required ? [] : ['may be left out'])]
  return (
    <label>
      <span class="schema-name">
        {field.name}
        {notes.length > 0 && <span class="muted"> {notes.join(', ')}</span>}
      </span>
      <Input field={field} text={text} fault={fault} onText={onText} />
      {field.description !== undefined && <span class="muted small">{field.description}</span>}
      {fault !== undefined && (
        <span class="bad-text small" role="alert">
          {fault}
        </span>
      )}
    </label>
  )
}

function Input({ field: { kind, choices, required, whole }, text, fault, onText }: FieldProps) {
  const invalid = fault !== undefined
  const onInput = (event: { readonly currentTarget: { readonly value: string } }): void => onText(event.currentTarget.value)
  switch (kind) {
    case 'choice':
    case 'boolean':
      return (
        <select class="field" value={text} aria-invalid={invalid} onChange={onInput}>
          {!required && <option value="">–</option>}
          {(kind === 'boolean' ? ['true', 'false'] : choices).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )
    case 'long':
    case 'json':
      return (
        <textarea
          class="field code"
          rows={kind === 'long' ? 5 : 3}
          spellcheck={false}
          value={text}
          aria-invalid={invalid}
          onInput={onInput}
        />
      )
    case 'number':
      return <input class="field" type="number" step={whole ? 1 : 'any'} value={text} aria-invalid={invalid} onInput={onInput} />
    case 'text':
      return <input class="field code" type="text" spellcheck={false} value={text} aria-invalid={invalid} onInput={onInput} />
  }
}

import { workKinds, type WorkKind } from './wire.ts'

export const kindNames: Readonly<Record<WorkKind | 'other', string>> = {
  llm: 'models',
  tool: 'tools',
  human: 'a person',
  retry: 'before another try',
  queue: 'waiting',
  other: 'everything else',
}

export const RunLegend = () => (
  <ul class="legend">
    {workKinds.map((kind) => (
      <li key={kind}>
        <span class={`swatch of-${kind}`} aria-hidden="true" />
        {kindNames[kind]}
      </li>
    ))}
    <li>
      <span class="swatch line warn" aria-hidden="true" />
      critical path
    </li>
  </ul>
)

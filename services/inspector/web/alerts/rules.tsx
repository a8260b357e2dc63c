// Rules
// What the gateway looks for, what each rule goes by, and who set it.
import { useState } from 'preact/hooks'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Panel } from '../components/panel.tsx'
import { Answered } from '../components/states.tsx'
import { timeText } from '../format.ts'
import type { Asked } from '../use-answer.ts'
import type { Rows } from '../wire.ts'
import { ruleText } from './figures.ts'
import { MuteDialog } from './mute-dialog.tsx'
import { RuleDialog } from './rule-dialog.tsx'
import type { Mute, Rule } from './wire.ts'

export interface RulesProps {
  readonly asked: Asked<Rows<Rule>>
  readonly mutes: readonly Mute[]
  readonly now: number
  onDone(): void
}

export function Rules({ asked, mutes, now, onDone }: RulesProps) {
  const [setting, setSetting] = useState<Rule | undefined>()
  const [muting, setMuting] = useState<Rule | undefined>()
  return (
    <Panel title="Rules" beside={<span class="muted figure-text">looked for every 15 s, also with no page open</span>}>
      <div class="panel-body">
        <Answered asked={asked} what="rules">
          {({ rows }) => (
            <table class="table compact" aria-label="Rules of alerts">
              <thead>
                <tr>
                  <th scope="col">rule</th>
                  <th scope="col">fires at</th>
                  <th scope="col">now</th>
                  <th scope="col" class="minor">
                    set by
                  </th>
                  <th scope="col">
                    <span class="visually-hidden">set or mute</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((rule) => (
                  <tr key={rule.kind} class={rule.enabled ? '' : 'switched-off'}>
                    <td class="change-detail" title={rule.kind}>
                      {rule.title}
                    </td>
                    <td class="mono">{rule.enabled ? ruleText(rule) : 'not looked for'}</td>
                    <td>
                      <State rule={rule} muted={mutes.some(({ target }) => target === rule.kind)} />
                    </td>
                    <td class="minor muted">{rule.changed ? `${rule.changed.by}, ${timeText(rule.changed.at, now)}` : 'nobody'}</td>
                    <td>
                      <span class="buttons">
                        <Button kind="ghost" acts label={`Set ${rule.title}`} onClick={() => setSetting(rule)}>
                          Set
                        </Button>
                        <Button kind="ghost" acts label={`Mute ${rule.title}`} onClick={() => setMuting(rule)}>
                          Mute
                        </Button>
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Answered>
      </div>
      {setting && <RuleDialog rule={setting} onClose={() => setSetting(undefined)} onDone={onDone} />}
      {muting && <MuteDialog target={{ kind: muting.kind, title: muting.title }} onClose={() => setMuting(undefined)} onDone={onDone} />}
    </Panel>
  )
}

const State = ({ rule: { enabled, firing }, muted }: { readonly rule: Rule; readonly muted: boolean }) => {
  if (!enabled) return <Badge>off</Badge>
  if (muted) return <Badge tone="violet">muted</Badge>
  return firing > 0 ? <Badge tone="bad">{firing} firing</Badge> : <Badge tone="good">calm</Badge>
}

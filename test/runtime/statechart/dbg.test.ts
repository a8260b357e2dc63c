import { test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { randomMachine } from './random-machine.ts'
import { liveWorld } from './worlds.ts'
const isLegal = (nodes: any[]) => nodes.every((node) => { const inner = Object.values<any>(node.states).filter(({ type }) => type !== 'history'); const a = inner.filter((c) => nodes.includes(c)).length; return node.type === 'parallel' ? a === inner.length : node.type !== 'compound' || a === 1 })
test('dbg', async () => {
  const out: string[] = []
  for (const [seed, steps] of [[241, 'D +1 +100 C D D D D D work=12 C +5 C B D D +20 work=32 work=24 D'], [1078, '+100 B A B B +100'], [1366, 'C D A B C +5']] as const) {
    let m: any
    const tap = (mm: any) => { m = mm; const t = mm.transition; mm.transition = (s: any, e: any, sc: any) => {
      const taken: any[] = []; const sys = sc.system; const o = sys._sendInspectionEvent; sys._sendInspectionEvent = (x: any) => { if (x.type === '@xstate.microstep') taken.push([x._transitions.map((t: any) => `${t.source.id}(${t.source.parent?.type}) -${t.eventType}-> ${t.target?.map((y: any) => y.id + ':' + y.type)} reenter ${t.reenter}`), x.snapshot._nodes.map((y: any) => y.id).join(), isLegal(x.snapshot._nodes)]); o(x) }
      const n = t(s, e, sc); sys._sendInspectionEvent = o
      if (!isLegal(n._nodes) && isLegal(s._nodes)) out.push(`seed ${seed} ${e.type} ${JSON.stringify(s.value)} nodes ${s._nodes.map((y: any) => y.id)} -> ${JSON.stringify(n.value)}\n` + taken.map((x) => JSON.stringify(x)).join('\n'))
      return n }; return mm }
    const live = liveWorld((work) => tap(randomMachine(seed, work)))
    for (const s of steps.split(' ')) { if (s[0] === '+') live.pass(Number(s.slice(1))); else if (s.startsWith('work')) await live.settle(true, Number(s.split('=')[1])); else live.send(s) }
    const tree = (n: any, i = ''): string => `${i}${n.id} ${n.type} ${n.history || ''}\n` + Object.values<any>(n.states).map((c) => tree(c, i + '  ')).join('')
    out.push(tree(m.root))
  }
  writeFileSync('/tmp/dbg/out.txt', out.join('\n'))
})

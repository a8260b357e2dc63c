// Restate's side of the work: its own example of a counter, and five `ctx.run`.
import * as restate from '@restatedev/restate-sdk'

const counter = restate.object({
  name: 'counter',
  handlers: {
    add: async (ctx: restate.ObjectContext, n: number) => {
      const total = ((await ctx.get<number>('total')) ?? 0) + n
      ctx.set('total', total)
      return total
    },
    total: async (ctx: restate.ObjectContext) => (await ctx.get<number>('total')) ?? 0,
  },
})

const chain = restate.service({
  name: 'chain',
  handlers: {
    run: async (ctx: restate.Context, from: number) => {
      let sum = from
      for (const step of ['one', 'two', 'three', 'four', 'five']) {
        const input = sum
        sum = await ctx.run(step, () => input + 1)
      }
      return sum
    },
  },
})

await restate.serve({ services: [counter, chain], port: Number(process.argv[2]) })
process.stdout.write('ready\n')

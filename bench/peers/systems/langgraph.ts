// LangGraph with its Postgres checkpointer: graphs invoked in this process, a thread for each key or chain, state in checkpoints.
// A thread takes one invocation at a time: two at once would lose an update, so the load never has two for one key.
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import { installed, startDatabase } from '../servers.ts'
import type { Start } from '../system.ts'

export const start: Start = async (setting, folder) => {
  const database = await startDatabase(folder, setting)
  try {
    const checkpointer = new PostgresSaver(database.pool)
    await checkpointer.setup()
    const { counter, chain } = graphs(checkpointer)
    const durability = setting.startsWith('async') ? 'async' : 'sync'
    const on = (thread: string) => ({ configurable: { thread_id: thread }, durability }) as const
    return {
      versions: [...['@langchain/langgraph', '@langchain/langgraph-checkpoint-postgres', 'pg'].map(installed), database.version].join(', '),
      add: async (key) => (await counter.invoke({ sum: 0 }, on(key))).sum,
      chain: async (id) => (await chain.invoke({ sum: 0 }, on(`chain-${id}`))).sum,
      totals: async (keys) => {
        const totals: number[] = []
        for (const key of keys) totals.push(Number((await counter.getState(on(key))).values.sum))
        return totals
      },
      stop: () => database.stop(),
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

function graphs(checkpointer: PostgresSaver) {
  const State = Annotation.Root({ sum: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }) })
  const addOne = () => Promise.resolve({ sum: 1 })
  const counter = new StateGraph(State).addNode('add', addOne).addEdge(START, 'add').addEdge('add', END)
  const chain = new StateGraph(State)
    .addNode('one', addOne)
    .addNode('two', addOne)
    .addNode('three', addOne)
    .addNode('four', addOne)
    .addNode('five', addOne)
    .addEdge(START, 'one')
    .addEdge('one', 'two')
    .addEdge('two', 'three')
    .addEdge('three', 'four')
    .addEdge('four', 'five')
    .addEdge('five', END)
  return { counter: counter.compile({ checkpointer }), chain: chain.compile({ checkpointer }) }
}

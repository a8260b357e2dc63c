// Agents
// Finds the one, and opens it as the agent page.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const agentsPage: Page = {
  path: 'agents',
  title: 'Agents',
  icon: 'agents',
  list: lazily('agents', async () => (await import('../actors/agents-view.tsx')).AgentsView),
  one: lazily('the actor', async () => (await import('../agent/agent-page.tsx')).AgentPage),
}

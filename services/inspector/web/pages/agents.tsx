// Agents
// Finds the one, and opens it as the agent page.
import { AgentsView } from '../actors/agents-view.tsx'
import { AgentPage } from '../agent/agent-page.tsx'
import type { Page } from '../page.ts'

export const agentsPage: Page = { path: 'agents', title: 'Agents', icon: 'agents', list: AgentsView, one: AgentPage }

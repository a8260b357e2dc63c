// Tasks
// Who did what, where did time and money go, what needs a person.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

export const tasksPage: Page = {
  path: 'tasks',
  title: 'Tasks',
  icon: 'tasks',
  list: lazily('tasks', async () => (await import('../tasks/tasks-view.tsx')).TasksView),
  one: lazily('the task', async () => (await import('../tasks/task-view.tsx')).TaskView),
}

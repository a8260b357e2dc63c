// Tasks
// Who did what, where did time and money go, what needs a person.
import type { Page } from '../page.ts'
import { TaskView } from '../tasks/task-view.tsx'
import { TasksView } from '../tasks/tasks-view.tsx'

export const tasksPage: Page = { path: 'tasks', title: 'Tasks', icon: 'tasks', list: TasksView, one: TaskView }

// Dead letters
// Why did it die, and can it be sent again.
import { lazily } from '../lazily.tsx'
import type { Page } from '../page.ts'

const LettersView = lazily('dead letters', async () => (await import('../letters/letters-view.tsx')).LettersView)

export const deadLettersPage: Page = { path: 'dead-letters', title: 'Dead letters', icon: 'letters', list: LettersView, one: LettersView }

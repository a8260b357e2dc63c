// Dead letters
// Why did it die, and can it be sent again.
import { LettersView } from '../letters/letters-view.tsx'
import type { Page } from '../page.ts'

export const deadLettersPage: Page = { path: 'dead-letters', title: 'Dead letters', icon: 'letters', list: LettersView, one: LettersView }

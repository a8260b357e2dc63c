// Shell
// What is around every page: the sidebar, where the reader is, the way to everything else, and what the page says aloud.
import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { announced } from './announce.ts'
import { Button } from './components/button.tsx'
import { Icon } from './components/icon.tsx'
import { Empty } from './components/states.tsx'
import { Toasts } from './components/toasts.tsx'
import { bytesText } from './format.ts'
import { liveBytes, liveState, type LiveState } from './live.ts'
import { isOutdated } from './newer.ts'
import { ExportBanner } from './offline/banner.tsx'
import { isOffered, openedExport } from './offline/source.ts'
import { ExportWishes } from './offline/wish.tsx'
import { openPalette, Palette } from './palette.tsx'
import { crumbs, navCounts, type Crumb, type Page } from './page.ts'
import { pages } from './pages/index.ts'
import { pathOf } from './place.ts'
import { place } from './router.ts'
import { credentials, needsCredentials } from './session.ts'
import { SignIn } from './sign-in.tsx'
import { nextTheme, theme } from './theme.ts'

export function Shell() {
  const here = place.value
  const page = pages.find(({ path }) => path === here.page)
  const [isMenuOpen, setMenuOpen] = useState(false)
  useEffect(() => setMenuOpen(false), [here])
  useEffect(() => {
    document.title = [...crumbs.value.map(({ text }) => text).toReversed(), page?.title, 'Troupe'].filter(Boolean).join(' · ')
  }, [page, crumbs.value])
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Sidebar chosen={page?.path} isOpen={isMenuOpen} />
      <header class="top">
        <span class="menu-button">
          <Button kind="ghost" icon="menu" label="Pages" expanded={isMenuOpen} onClick={() => setMenuOpen(!isMenuOpen)} />
        </span>
        <Crumbs page={page} crumbs={crumbs.value} />
        <span class="space" />
        <button type="button" class="search" onClick={openPalette}>
          <Icon name="search" />
          <span>Go to or do</span>
          <kbd>Ctrl K</kbd>
        </button>
        <ThemeButton />
      </header>
      <ExportBanner />
      <main id="main" tabIndex={-1}>
        {isOutdated.value && <Outdated />}
        {needsCredentials.value && !openedExport.value ? (
          <SignIn />
        ) : (
          <View page={page} key={`${credentials.value} ${openedExport.value?.made.at}`} />
        )}
      </main>
      <Palette />
      <ExportWishes />
      <Toasts />
      <p class="hidden-line" role="status" aria-live="polite">
        {announced.value}
      </p>
    </>
  )
}

/** Another id is another view: nothing of the former one stays. */
function View({ page }: { readonly page: Page | undefined }) {
  const here = place.value
  const [broken, reset] = useErrorBoundary()
  useEffect(reset, [here.page, here.id])
  if (broken) return <Broken error={broken} onRetry={reset} />
  if (!page) return <Empty title="There is no such page">The sidebar has them all.</Empty>
  const { list: List, one: One } = page
  if (here.id !== undefined && One) return <One key={`${page.path}/${here.id}`} place={here} id={here.id} />
  return <List key={page.path} place={here} />
}

/** A fault of the page itself: the rest of it goes on. */
const Broken = ({ error, onRetry }: { readonly error: unknown; onRetry(): void }) => (
  <div class="nothing failed" role="alert">
    <strong>This view has a fault</strong>
    <p>{error instanceof Error ? error.message : String(error)}</p>
    <Button icon="again" onClick={onRetry}>
      Show it again
    </Button>
  </div>
)

/** The reader says when: what was begun here is not lost to it. */
const Outdated = () => (
  <p class="notice warn outdated" role="status">
    This page is out of date: the gateway was replaced and serves another version.
    <Button icon="again" onClick={() => location.reload()}>
      Load the page again
    </Button>
  </p>
)

const Sidebar = ({ chosen, isOpen }: { readonly chosen: string | undefined; readonly isOpen: boolean }) => (
  <nav class={`sidebar ${isOpen ? 'open' : ''}`} aria-label="Pages">
    <a class="brand" href="/">
      <span class="mark" aria-hidden="true" />
      Troupe
    </a>
    {pages.filter(isOffered).map(({ path, title, icon }) => {
      const told = !openedExport.value && Object.hasOwn(navCounts.value, path) ? navCounts.value[path] : undefined
      return (
        <a key={path} href={pathOf({ page: path })} aria-current={path === chosen ? 'page' : undefined}>
          <Icon name={icon} />
          {title}
          {told && told.count > 0 && <span class={`nav-count ${told.hot ? 'hot' : ''}`}>{told.count.toLocaleString('en')}</span>}
        </a>
      )
    })}
    {!openedExport.value && <LiveLine />}
  </nav>
)

const liveTexts: Readonly<Record<LiveState, string>> = {
  idle: 'nothing here is watched',
  connecting: 'connecting',
  live: 'live',
  stale: 'connection lost, trying again',
  refused: 'not allowed to watch',
}

const LiveLine = () => (
  <div class={`live-line ${liveState.value}`}>
    <span role="status">
      <span class="pulse" aria-hidden="true" /> {liveTexts[liveState.value]}
    </span>
    <span class="muted">{bytesText(liveBytes.value)} received</span>
  </div>
)

const Crumbs = ({ page, crumbs: below }: { readonly page: Page | undefined; readonly crumbs: readonly Crumb[] }) => {
  const all: readonly Crumb[] = [...(page ? [{ text: page.title, path: pathOf({ page: page.path }) }] : []), ...below]
  return (
    <nav class="crumbs" aria-label="Where you are">
      <ol>
        {all.map(({ text, path }, index) => (
          <li key={text}>
            {index > 0 && <Icon name="right" size={10} />}
            {index === all.length - 1 || path === undefined ? <span aria-current="location">{text}</span> : <a href={path}>{text}</a>}
          </li>
        ))}
      </ol>
    </nav>
  )
}

const ThemeButton = () => {
  const icons = { system: 'system', dark: 'moon', light: 'sun' } as const
  return <Button kind="ghost" icon={icons[theme.value]} label={`Theme: ${theme.value}`} onClick={nextTheme} />
}

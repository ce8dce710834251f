// The document round every page: head, masthead, navigation, footer. Same bytes for all strangers of a language.
import { renderToString } from 'preact-render-to-string'
import type { Actor } from '../platform/access/actor.ts'
import type { PageAnswer } from '../platform/http/answer.ts'
import type { Assets } from '../platform/http/assets.ts'
import type { WebRequest } from '../platform/http/request.ts'
import type { Lang } from '../platform/i18n/texts.ts'
import { texts } from './texts.ts'

export interface FrameOptions {
  readonly assets: Assets
  readonly province: () => { readonly vi: string; readonly en?: string | undefined }
  readonly demo: boolean
  readonly portalOpen: boolean
}

/** Builds the function that draws whole documents. */
export function frame(options: FrameOptions): (page: PageAnswer, request: WebRequest) => string {
  return (page, request) =>
    `<!doctype html>${renderToString(<Document page={page} request={request} options={options} />)}`
}

function Document(props: { page: PageAnswer; request: WebRequest; options: FrameOptions }) {
  const { page, request, options } = props
  const { lang, actor } = request
  const t = texts(lang)
  const province = lang === 'en' ? (options.province().en ?? options.province().vi) : options.province().vi
  return (
    <html lang={lang} class="no-script">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="theme-color" content="#9b1c1f" />
        {page.noIndex ? <meta name="robots" content="noindex" /> : null}
        {page.refreshSeconds === null ? null : (
          <meta http-equiv="refresh" content={`${page.refreshSeconds};url=${request.parts.url.split('?')[0]}`} />
        )}
        <title>{`${page.title} – ${t('brand')} ${province}`}</title>
        <link rel="stylesheet" href={options.assets.href('main.css')} />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <script type="module" src={options.assets.href('page.js')} />
        {page.islands.map(island => (
          <script key={island} type="module" src={options.assets.href(`${island}.js`)} />
        ))}
      </head>
      <body class={page.frame === 'desk' ? 'desk' : undefined}>
        <a class="skip" href="#noi-dung">
          {t('skip')}
        </a>
        <header>
          {options.demo ? (
            <div class="demo">
              <p class="width">{t('demo')}</p>
            </div>
          ) : null}
          <div class="masthead">
            <div class="width">
              <a class="brand" href="/">
                <Mark />
                <span>
                  {t('brand')}
                  <small>{province}</small>
                </span>
              </a>
              <div class="masthead-side">
                <Who actor={actor} lang={lang} />
                <form method="post" action="/ngon-ngu">
                  <input type="hidden" name="ngon-ngu" value={lang === 'vi' ? 'en' : 'vi'} />
                  <input type="hidden" name="tiep" value={request.parts.method === 'POST' ? '/' : request.parts.url} />
                  <button type="submit" class="plain-button" lang={lang === 'vi' ? 'en' : 'vi'}>
                    {t('language')}
                  </button>
                </form>
              </div>
            </div>
          </div>
          <nav class="menu" aria-label={t('menu')}>
            <div class="width">
              <ul>
                {menu(actor, lang, options.portalOpen).map(item => (
                  <li key={item.href}>
                    <a
                      href={item.href}
                      aria-current={request.parts.url.split('?')[0] === item.href ? 'page' : undefined}
                    >
                      {item.text}
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          </nav>
        </header>
        <main id="noi-dung" tabindex={-1}>
          <div class="width">{page.body}</div>
        </main>
        <footer class="foot">
          <div class="width">
            <ul>
              <li>
                <a href="/dia-gioi">{t('foot.places')}</a>
              </li>
              <li>
                <a href="/niem-phong">{t('foot.seals')}</a>
              </li>
              {options.demo ? (
                <li>
                  <a href="/hop-thu">{t('foot.mailbox')}</a>
                </li>
              ) : null}
              <li>{t('foot.hotline', { number: '1022' })}</li>
            </ul>
            <span>{t('foot.source')}</span>
          </div>
        </footer>
      </body>
    </html>
  )
}

/** A door of lacquer with a gold handle. */
function Mark() {
  return (
    <svg class="brand-mark" viewBox="0 0 30 34" aria-hidden="true">
      <rect x="1.5" y="1.5" width="27" height="31" rx="2" fill="none" stroke="#f2b632" stroke-width="3" />
      <path d="M8 32V8l14-4v28z" fill="#f2b632" />
      <circle cx="18.5" cy="19" r="1.8" fill="#9b1c1f" />
    </svg>
  )
}

function Who(props: { actor: Actor; lang: Lang }) {
  const { actor, lang } = props
  const t = texts(lang)
  if (actor.kind !== 'citizen' && actor.kind !== 'officer') return <a href="/dang-nhap">{t('sign-in')}</a>
  return (
    <>
      <a href="/tai-khoan">
        {actor.name}
        {actor.kind === 'officer' ? (
          <span class="visually-hidden"> {t('acting', { post: `${actor.post.title}, ${actor.post.agencyName}` })}</span>
        ) : null}
        {actor.kind === 'officer' ? (
          <small aria-hidden="true">
            {' '}
            · {actor.post.title}, {actor.post.agencyName}
          </small>
        ) : null}
      </a>
      <form method="post" action="/dang-xuat">
        <button type="submit" class="plain-button">
          {t('sign-out')}
        </button>
      </form>
    </>
  )
}

function menu(actor: Actor, lang: Lang, portalOpen: boolean): { href: string; text: string }[] {
  const t = texts(lang)
  if (actor.kind === 'officer') {
    return [
      ...(actor.permissions.has('dossier.view') ? [{ href: '/ban-lam-viec', text: t('menu.desk') }] : []),
      ...(actor.permissions.has('dossier.intake')
        ? [{ href: '/ban-lam-viec/tiep-nhan', text: t('menu.counter') }]
        : []),
      { href: '/thu-tuc', text: t('menu.procedures') },
      { href: '/tien-do', text: t('menu.board') },
      { href: '/xac-minh', text: t('menu.verify') },
      ...(actor.permissions.has('system.operate') ? [{ href: '/van-hanh', text: t('menu.system') }] : []),
    ]
  }
  return [
    { href: '/', text: t('menu.home') },
    { href: '/thu-tuc', text: t('menu.procedures') },
    ...(portalOpen ? [{ href: '/ho-so', text: t('menu.mine') }] : []),
    { href: '/tra-cuu', text: t('menu.track') },
    { href: '/tien-do', text: t('menu.board') },
    { href: '/xac-minh', text: t('menu.verify') },
  ]
}

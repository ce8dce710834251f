// Anyone verifies a document: by the QR code's address, or by giving the file itself.
import { createHash } from 'node:crypto'
import { anyone } from '../../../platform/access/access.ts'
import { limitsFrom, takeAttempts } from '../../../platform/access/attempts.ts'
import { AppError } from '../../../platform/errors.ts'
import { type Answer, page } from '../../../platform/http/answer.ts'
import type { WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { formatCivilDate, formatDate, formatDateTime, formatSize } from '../../../platform/i18n/format.ts'
import type { Lang } from '../../../platform/i18n/texts.ts'
import type { Platform } from '../../../platform/module.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { FileUpload } from '../../../platform/view/components/file-upload/file-upload.tsx'
import { SummaryList } from '../../../platform/view/components/summary-list/summary-list.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { Tag } from '../../../platform/view/components/tag/tag.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import type { SignatureReport, Verification } from '../pades/verify.ts'
import { findIssuedByDigest, findIssuedByToken, type IssuedDocument, trustedAuthorities } from '../store/keys.ts'
import { texts } from '../texts.ts'
import { type Verdict, verdictOf } from './verdict.ts'
import { verifier } from './verify-file.ts'

const MAX_BYTES = 20_000_000

export function verifyRoutes(platform: Platform): Route[] {
  const verify = verifier()
  return [
    route({ method: 'GET', path: '/xac-minh', access: anyone, handle: request => draw(request, null, null, null) }),
    route({
      method: 'GET',
      path: '/xac-minh/:token',
      access: anyone,
      handle: async request =>
        draw(
          request,
          null,
          await findIssuedByToken(platform.db, platform.keys, request.param('token')),
          request.param('token'),
        ),
    }),
    route({
      method: 'POST',
      path: '/xac-minh',
      access: anyone,
      maxUploadBytes: MAX_BYTES,
      maxUploads: 1,
      apart: true,
      admit: async request => {
        const wait = await takeAttempts(
          platform.db,
          platform.keys,
          request.at,
          limitsFrom(request.parts.network, 'verify', { limit: 60, ofCustomer: 1200, windowSeconds: 60 }),
        )
        if (wait > 0)
          throw new AppError({
            code: 'signing.too-many',
            status: 429,
            say: lang => coreTexts(lang)('error.too-many', { seconds: wait }),
            retryAfterSeconds: wait,
          })
      },
      handle: async request => {
        const upload = request.form.files[0]
        const content = upload === undefined ? null : await platform.files.readAll(upload.stored.key)
        for (const each of request.form.files) await platform.files.remove(each.stored.key)
        if (content === null || content.length === 0) return draw(request, null, null, null, true)
        const roots = (await trustedAuthorities(platform.db)).map(authority => authority.certificate)
        const issued = await findIssuedByDigest(platform.db, createHash('sha256').update(content).digest())
        // Of what was issued here it is known when: a certificate may have ended since.
        const now = issued?.issuedAt ?? request.at
        const verification = await verify({ content, roots, now }, request.parts.network)
        return draw(request, verification, issued, null)
      },
    }),
  ]
}

function draw(
  request: WebRequest,
  verification: Verification | null,
  issued: IssuedDocument | null,
  token: string | null,
  missing = false,
): Answer {
  const { lang } = request
  const t = texts(lang)
  return page({
    title: t('title'),
    status: missing ? 422 : token !== null && issued === null ? 404 : 200,
    islands: ['verify'],
    body: (
      <div class="column">
        <FormErrors errors={missing ? { tep: t('no-file') } : {}} lang={lang} />
        <h1>{t('title')}</h1>
        {verification === null ? null : <VerdictBox verification={verification} issued={issued} lang={lang} />}
        {token !== null && issued === null ? <p class="verdict verdict-unknown">{t('not-ours')}</p> : null}
        {issued === null ? null : <Issued issued={issued} verified={verification !== null} lang={lang} />}
        {verification?.kind === 'read' && verification.signatures.length > 0 ? (
          <Signatures signatures={verification.signatures} lang={lang} />
        ) : null}
        {verification === null ? <p>{t('intro')}</p> : <h2>{t('again')}</h2>}
        <form method="post" action="/xac-minh" enctype="multipart/form-data" noValidate>
          <div class="drop" data-drop>
            <FileUpload
              id="tep"
              name="tep"
              label={t('file')}
              hint={t('file-hint', { size: formatSize(MAX_BYTES, lang) })}
              accept=".pdf,application/pdf"
              error={missing ? t('no-file') : undefined}
            />
          </div>
          <Button text={t('submit')} />
        </form>
      </div>
    ),
  })
}

const LOOK: Readonly<Partial<Record<Verdict, string>>> = {
  valid: 'verdict-good',
  changed: 'verdict-bad',
  recalled: 'verdict-bad',
}

function VerdictBox(props: { verification: Verification; issued: IssuedDocument | null; lang: Lang }) {
  const t = texts(props.lang)
  const recalled = props.issued?.recalledAt ?? null
  const verdict = verdictOf(props.verification, recalled !== null)
  return (
    <div class={`verdict ${LOOK[verdict] ?? 'verdict-unknown'}`} role="alert">
      <h2>{t(`verdict.${verdict}`)}</h2>
      <p>{t(`verdict.${verdict}-text`, { date: recalled === null ? '' : formatDate(recalled) })}</p>
    </div>
  )
}

function Issued(props: { issued: IssuedDocument; verified: boolean; lang: Lang }) {
  const { issued, verified, lang } = props
  const t = texts(lang)
  return (
    <section>
      <h2>{t('issued-here')}</h2>
      {issued.recalledAt === null || verified ? null : (
        <p class="verdict verdict-bad">{t('verdict.recalled-text', { date: formatDate(issued.recalledAt) })}</p>
      )}
      <SummaryList
        rows={[
          { name: t('issued-title'), value: issued.title },
          { name: t('issued-number'), value: issued.number },
          { name: t('issued-date'), value: formatCivilDate(issued.issuedOn) },
          { name: t('issued-agency'), value: issued.agencyName },
        ]}
      />
      {verified ? null : <p class="hint">{t('issued-hint')}</p>}
    </section>
  )
}

function Signatures(props: { signatures: readonly SignatureReport[]; lang: Lang }) {
  const { lang } = props
  const t = texts(lang)
  const state = (signature: SignatureReport) =>
    signature.stamp
      ? 'stamp'
      : !signature.judged
        ? 'unknown'
        : !signature.integrity || signature.changesAfter?.permitted !== true
          ? 'broken'
          : signature.trusted
            ? 'ok'
            : 'untrusted'
  const permitted = (signature: SignatureReport) => {
    const changes = signature.changesAfter
    if (changes === undefined || !changes.changed) return t('permitted-none')
    const names = changes.filled.map(each =>
      each.field === 'so' || each.field === 'ngay' ? t(`field.${each.field}`) : each.field,
    )
    return (
      [
        names.length > 0 ? t('permitted-filled', { fields: names.join(', ') }) : '',
        changes.signed.length > 0 ? t('permitted-signed') : '',
      ]
        .filter(Boolean)
        .join('; ') || t('permitted-none')
    )
  }
  return (
    <section>
      <h2>{t('signatures')}</h2>
      <Table
        caption={t('signatures')}
        captionHidden
        stack
        columns={[
          { title: t('signer') },
          { title: t('signed-at') },
          { title: t('authority') },
          { title: t('permitted') },
          { title: t('state') },
        ]}
        rows={props.signatures.map(signature => ({
          key: signature.field,
          cells: [
            signature.signer,
            signature.signingTime === undefined ? '' : formatDateTime(signature.signingTime, lang),
            signature.issuer,
            permitted(signature),
            <Tag
              text={t(`state.${state(signature)}`)}
              tone={state(signature) === 'ok' ? 'good' : state(signature) === 'broken' ? 'late' : 'warn'}
            />,
          ],
        }))}
      />
    </section>
  )
}

// One's own account: who the system thinks one is, acting post, open sessions, authorisations.
import { anyOfficer, citizen, requireCitizen, requireOfficer, signedIn } from '../../../platform/access/access.ts'
import { takeAttempts } from '../../../platform/access/attempts.ts'
import { audit } from '../../../platform/audit/audit.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import { inTransaction } from '../../../platform/db/database.ts'
import type { FieldErrors } from '../../../platform/errors.ts'
import { type Answer, page, redirect } from '../../../platform/http/answer.ts'
import { notFound, type WebRequest } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatCivilDate, formatDateTime } from '../../../platform/i18n/format.ts'
import type { Platform } from '../../../platform/module.ts'
import { fold } from '../../../platform/text.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Notice } from '../../../platform/view/components/notice/notice.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { SummaryList } from '../../../platform/view/components/summary-list/summary-list.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { FormErrors } from '../../../platform/view/form-errors.tsx'
import { tooManyTries } from '../errors.ts'
import type { AccountId } from '../identity.ts'
import { closedSession } from '../session.ts'
import { addMandate, listMandates, type Mandate, revokeMandate } from '../store/mandates.ts'
import { findPerson, findPersonByIdNumber } from '../store/people.ts'
import { deleteSessionOf, deleteSessionsOf, listSessions, setActingPosition } from '../store/sessions.ts'
import { texts } from '../texts.ts'

/** Whoever ends sessions has just shown who it is: a machine left open may not shut its owner out (ASVS 7.5.2). */
const FRESH_MS = 10 * 60_000
const NAME_LENGTH = 100
const SIGN_IN_AGAIN = '/dang-nhap?lai=phien&tiep=/tai-khoan'

const mandateText = ({ side, over }: Mandate) =>
  side === 'held' ? 'account.mandate-from' : over ? 'account.mandate-over' : 'account.mandate-to'

export function accountRoutes(platform: Platform): Route[] {
  const isFresh = async (request: WebRequest, accountId: AccountId): Promise<boolean> => {
    const sessions = await listSessions(platform.db, accountId, request.at)
    const own = sessions.find(each => each.public_id === request.identified.sessionId)
    return own !== undefined && request.at.getTime() - own.created_at.getTime() <= FRESH_MS
  }
  const draw = async (request: WebRequest, errors: FieldErrors, status = 200): Promise<Answer> => {
    const t = texts(request.lang)
    const { actor } = request
    if (actor.kind !== 'citizen' && actor.kind !== 'officer') throw notFound()
    const person = actor.kind === 'citizen' ? await findPerson(platform.db, platform.keys, actor.id) : null
    const sessions = await listSessions(platform.db, actor.accountId as AccountId, request.at)
    const mandates = actor.kind === 'citizen' ? await listMandates(platform.db, actor.id, civilDateOf(request.at)) : []
    const rows = [{ name: t('account.name'), value: actor.name }]
    if (person !== null) {
      rows.push(
        {
          name: t('account.id-number'),
          value: (person.idNumber ?? t('account.none')) + (person.assured ? ` · ${t('account.assured')}` : ''),
        },
        { name: t('account.phone'), value: person.phone ?? t('account.none') },
        { name: t('account.email'), value: person.email ?? t('account.none') },
      )
    }
    return page({
      title: t('account.title'),
      status,
      frame: actor.kind === 'officer' ? 'desk' : 'portal',
      noIndex: true,
      body: (
        <div class="column">
          <FormErrors errors={errors} lang={request.lang} />
          {request.query('xong') === 'mat-khau' ? <Notice title={t('password.done')} tone="good" /> : null}
          <h1>{t('account.title')}</h1>
          <SummaryList rows={rows} />
          {actor.kind === 'officer' && actor.posts.length > 1 ? (
            <form method="post" action="/tai-khoan/vi-tri">
              <Radios
                id="vi-tri"
                name="vi-tri"
                legend={t('account.post-switch')}
                value={actor.post.positionId}
                items={actor.posts.map(post => ({
                  value: post.positionId,
                  label: `${post.title}, ${post.unitName ?? post.agencyName}`,
                  hint: post.unitName === null ? undefined : post.agencyName,
                }))}
              />
              <Button text={t('account.post-submit')} />
            </form>
          ) : null}
          {actor.kind === 'citizen' ? (
            <section>
              <h2>{t('account.mandates')}</h2>
              <p class="hint">{t('account.mandates-hint')}</p>
              <ul class="file-list">
                {mandates.map(mandate => (
                  <li key={mandate.id}>
                    <span>
                      {t(mandateText(mandate), {
                        name: mandate.otherName,
                        date: formatCivilDate(mandate.lastDay),
                      })}
                    </span>
                    {mandate.side === 'given' ? (
                      <form method="post" action={`/tai-khoan/uy-quyen/${mandate.id}/thu-hoi`}>
                        <button type="submit" class="plain-button danger-link">
                          {t('account.mandate-revoke')}
                        </button>
                      </form>
                    ) : null}
                  </li>
                ))}
              </ul>
              <form method="post" action="/tai-khoan/uy-quyen" noValidate>
                <TextInput
                  id="so-dinh-danh"
                  name="so-dinh-danh"
                  label={t('account.mandate-contact')}
                  value={request.form.text('so-dinh-danh')}
                  error={errors['so-dinh-danh']}
                  inputmode="numeric"
                  width="medium"
                />
                <TextInput
                  id="ho-ten"
                  name="ho-ten"
                  label={t('account.mandate-name')}
                  value={request.form.text('ho-ten')}
                  error={errors['ho-ten']}
                />
                <TextInput
                  id="so-ngay"
                  name="so-ngay"
                  label={t('account.mandate-days')}
                  value={request.form.text('so-ngay') || '30'}
                  error={errors['so-ngay']}
                  inputmode="numeric"
                  width="narrow"
                />
                <Button text={t('account.mandate-add')} secondary />
              </form>
            </section>
          ) : null}
          <h2>{t('password.title')}</h2>
          <p>
            <a href="/tai-khoan/mat-khau">{t('password.change')}</a>
          </p>
          <h2>{t('account.sessions')}</h2>
          <p class="hint">{t('account.sessions-hint')}</p>
          <Table
            caption={t('account.sessions')}
            captionHidden
            stack
            columns={[
              { title: t('account.device') },
              { title: t('account.since') },
              { title: t('account.seen') },
              { title: t('account.end') },
            ]}
            rows={sessions.map(session => ({
              key: session.public_id,
              cells: [
                session.public_id === request.identified.sessionId
                  ? `${session.device} (${t('account.this')})`
                  : session.device,
                formatDateTime(session.created_at, request.lang),
                formatDateTime(session.seen_at, request.lang),
                <form method="post" action={`/tai-khoan/phien/${session.public_id}/dang-xuat`}>
                  <button type="submit" class="plain-button danger-link">
                    {t('account.end-one')}
                    <span class="visually-hidden"> {session.device}</span>
                  </button>
                </form>,
              ],
            }))}
          />
          <form method="post" action="/tai-khoan/dang-xuat-het">
            <Button text={t('account.sign-out-everywhere')} danger />
          </form>
        </div>
      ),
    })
  }
  return [
    route({ method: 'GET', path: '/tai-khoan', access: signedIn, handle: request => draw(request, {}) }),
    route({
      method: 'POST',
      path: '/tai-khoan/vi-tri',
      access: anyOfficer,
      handle: async request => {
        const actor = requireOfficer(request.actor, null)
        const post = actor.posts.find(each => each.positionId === request.form.text('vi-tri'))
        if (post === undefined || request.identified.sessionId === null) throw notFound('not a post of this officer')
        await inTransaction(platform.db, async tx => {
          await setActingPosition(tx, request.identified.sessionId ?? '', post.positionId)
          await audit(tx, {
            actor,
            action: 'identity.switch-post',
            subject: `position:${post.positionId}`,
            at: request.at,
            request: request.parts,
          })
        })
        return redirect('/ban-lam-viec')
      },
    }),
    route({
      method: 'POST',
      path: '/tai-khoan/dang-xuat-het',
      access: signedIn,
      handle: async request => {
        const { actor } = request
        if (actor.kind !== 'citizen' && actor.kind !== 'officer') throw notFound()
        if (!(await isFresh(request, actor.accountId as AccountId))) return redirect(SIGN_IN_AGAIN)
        await inTransaction(platform.db, async tx => {
          await deleteSessionsOf(tx, actor.accountId as AccountId, null)
          await audit(tx, {
            actor,
            action: 'identity.end-sessions',
            subject: `account:${actor.accountId}`,
            at: request.at,
            request: request.parts,
          })
        })
        return redirect('/', [closedSession])
      },
    }),
    route({
      method: 'POST',
      path: '/tai-khoan/phien/:id/dang-xuat',
      access: signedIn,
      handle: async request => {
        const { actor } = request
        const id = request.idParam('id')
        if (actor.kind !== 'citizen' && actor.kind !== 'officer') throw notFound()
        if (!(await isFresh(request, actor.accountId as AccountId))) return redirect(SIGN_IN_AGAIN)
        await inTransaction(platform.db, async tx => {
          if (!(await deleteSessionOf(tx, actor.accountId as AccountId, id)))
            throw notFound('not a session of this account')
          await audit(tx, {
            actor,
            action: 'identity.end-session',
            subject: `session:${id}`,
            at: request.at,
            request: request.parts,
          })
        })
        return id === request.identified.sessionId ? redirect('/', [closedSession]) : redirect('/tai-khoan')
      },
    }),
    route({
      method: 'POST',
      path: '/tai-khoan/uy-quyen',
      access: citizen,
      handle: async request => {
        const t = texts(request.lang)
        const actor = requireCitizen(request.actor)
        const principal = await findPerson(platform.db, platform.keys, actor.id)
        const number = request.form.text('so-dinh-danh').replace(/\s/g, '')
        const days = Number(request.form.text('so-ngay'))
        const name = request.form.text('ho-ten').replace(/\s+/g, ' ')
        const wait = await takeAttempts(platform.db, platform.keys, request.at, [
          {
            bucket: `mandate ${actor.id}`,
            limit: 10,
            windowSeconds: 86_400,
          },
        ])
        if (wait > 0) throw tooManyTries(wait)
        const errors: Record<string, string> = {}
        if (principal === null || !principal.assured) errors['so-dinh-danh'] = t('account.mandate-id')
        else if (!/^\d{12}$/.test(number)) errors['so-dinh-danh'] = t('error.id-number')
        else if (number === principal.idNumber) errors['so-dinh-danh'] = t('account.mandate-self')
        if (fold(name) === '' || name.length > NAME_LENGTH) errors['ho-ten'] = t('account.mandate-whom')
        if (!Number.isInteger(days) || days < 1 || days > 365) errors['so-ngay'] = t('account.mandate-range')
        if (Object.keys(errors).length > 0) return draw(request, errors, 422)
        await inTransaction(platform.db, async tx => {
          // Whoever is known or not: the answer is the same.
          const known = await findPersonByIdNumber(tx, platform.keys, number)
          const mandate = await addMandate(tx, platform.keys, {
            principalId: actor.id,
            idNumber: number,
            name,
            known,
            from: civilDateOf(request.at),
            days,
            at: request.at,
          })
          await audit(tx, {
            actor,
            action: 'identity.give-mandate',
            subject: `mandate:${mandate}`,
            at: request.at,
            facts: { days },
            request: request.parts,
          })
        })
        return redirect('/tai-khoan')
      },
    }),
    route({
      method: 'POST',
      path: '/tai-khoan/uy-quyen/:id/thu-hoi',
      access: citizen,
      handle: async request => {
        const actor = requireCitizen(request.actor)
        const id = request.idParam('id')
        await inTransaction(platform.db, async tx => {
          if (!(await revokeMandate(tx, id, actor.id, request.at))) throw notFound('not a mandate of this person')
          await audit(tx, {
            actor,
            action: 'identity.revoke-mandate',
            subject: `mandate:${id}`,
            at: request.at,
            request: request.parts,
          })
        })
        return redirect('/tai-khoan')
      },
    }),
  ]
}

// The public page of seals, a seal for machines, the proof of one's own dossier, and the file that checks it offline.
import { anyone, citizen } from '../../../platform/access/access.ts'
import { bytes, json, page } from '../../../platform/http/answer.ts'
import { notFound } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { formatDateTime, formatNumber } from '../../../platform/i18n/format.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Table } from '../../../platform/view/components/table/table.tsx'
import type { House } from '../change-dossier.ts'
import { findOwn } from '../show/own-command.ts'
import { findLeaves, findSeal, listSeals } from '../store/seals.ts'
import { findStamp, stampsOf } from '../store/stamps.ts'
import { texts } from '../texts.ts'
import verifier from './offline-verifier.html'
import { proofOf, type SealBody } from './seal-histories.ts'

const PAGE = 30

export function sealRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/niem-phong',
      access: anyone,
      handle: async request => {
        const { lang } = request
        const t = texts(lang)
        const before = Number(request.query('truoc'))
        const from = Number.isInteger(before) && before > 0 && before < 2 ** 31 ? before : null
        const seals = await listSeals(house.db, from, PAGE + 1)
        const shown = seals.slice(0, PAGE).map(({ body, root }) => ({ ...(JSON.parse(body) as SealBody), root }))
        const stamps = await stampsOf(
          house.db,
          shown.map(seal => seal.number),
        )
        const stampCell = (number: number) => {
          const stamp = stamps.get(number)
          if (stamp === undefined) return t('seal.no-stamp')
          return (
            <a href={`/niem-phong/${number}/dau-thoi-gian.tst`}>
              {t('seal.stamped', { authority: stamp.authority, when: formatDateTime(stamp.stampedAt, lang) })}
            </a>
          )
        }
        return page({
          title: t('seal.title'),
          body: (
            <div>
              <h1>{t('seal.title')}</h1>
              <div class="column">
                <p class="lead">{t('seal.lead')}</p>
                <p>{t('seal.how')}</p>
                <p>
                  <Button href="/niem-phong/kiem-tra.html" text={t('seal.verifier')} secondary />
                </p>
              </div>
              {shown.length === 0 ? (
                <p>{t('seal.none')}</p>
              ) : (
                <Table
                  caption={t('seal.list')}
                  stack
                  rowHeaders
                  columns={[
                    { title: t('seal.number') },
                    { title: t('seal.at') },
                    { title: t('seal.leaves'), numeric: true },
                    { title: t('seal.root') },
                    { title: t('seal.stamp') },
                  ]}
                  rows={shown.map(seal => ({
                    key: String(seal.number),
                    cells: [
                      formatNumber(seal.number, lang),
                      formatDateTime(new Date(seal.at), lang),
                      formatNumber(seal.leaves, lang),
                      <code class="hash">{seal.root.toString('hex')}</code>,
                      stampCell(seal.number),
                    ],
                  }))}
                />
              )}
              {seals.length > PAGE ? (
                <p>
                  <a href={`/niem-phong?truoc=${shown.at(-1)?.number}`}>{t('seal.older')}</a>
                </p>
              ) : null}
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/niem-phong/kiem-tra.html',
      access: anyone,
      handle: () => bytes(Buffer.from(verifier), 'application/octet-stream', 'kiem-tra-lich-su.html'),
    }),
    route({
      method: 'GET',
      path: '/niem-phong/:number',
      access: anyone,
      handle: async request => {
        const number = request.param('number')
        const seal = /^[1-9]\d{0,8}$/.test(number) ? await findSeal(house.db, Number(number)) : null
        if (seal === null) throw notFound('no such seal')
        return json({ seal: seal.body, root: seal.root.toString('hex') })
      },
    }),
    route({
      method: 'GET',
      path: '/niem-phong/:number/dau-thoi-gian.tst',
      access: anyone,
      handle: async request => {
        const number = request.param('number')
        const stamp = /^[1-9]\d{0,8}$/.test(number) ? await findStamp(house.db, Number(number)) : null
        if (stamp === null) throw notFound('no stamp')
        return bytes(stamp.token, 'application/vnd.etsi.timestamp-token', `niem-phong-${number}.tst`)
      },
    }),
    route({
      method: 'GET',
      path: '/ho-so/:id/bang-chung',
      access: citizen,
      handle: async request => {
        const { dossier } = await findOwn(house.db, request)
        const t = texts(request.lang)
        const leaf = (await findLeaves(house.db, dossier.id)).at(-1) ?? null
        return page({
          title: t('seal.own-title'),
          noIndex: true,
          body: (
            <div class="column">
              <h1>{t('seal.own-title')}</h1>
              <p class="soft">{dossier.core.code ?? dossier.reference}</p>
              {leaf === null ? (
                <p>{t('seal.own-waits')}</p>
              ) : (
                <div>
                  <p>{t('seal.own-sealed', { seq: leaf.seq, number: leaf.seal })}</p>
                  <div class="buttons">
                    <Button href={`/ho-so/${dossier.id}/bang-chung.json`} text={t('seal.own-download')} />
                    <Button href="/niem-phong/kiem-tra.html" text={t('seal.verifier')} secondary />
                  </div>
                </div>
              )}
              <p>
                <a href={leaf === null ? '/niem-phong' : `/niem-phong?truoc=${leaf.seal + 1}`}>
                  {t('seal.own-published')}
                </a>
              </p>
              <p>
                <a href={`/ho-so/${dossier.id}`}>{t('receipt.open')}</a>
              </p>
            </div>
          ),
        })
      },
    }),
    route({
      method: 'GET',
      path: '/ho-so/:id/bang-chung.json',
      access: citizen,
      handle: async request => {
        const { dossier } = await findOwn(house.db, request)
        const proof = await proofOf(house.db, dossier.id)
        if (proof === null) throw notFound('not sealed yet')
        return bytes(
          Buffer.from(JSON.stringify(proof, null, 1)),
          'application/json; charset=utf-8',
          `bang-chung-${dossier.core.code ?? dossier.reference}.json`,
        )
      },
    }),
  ]
}

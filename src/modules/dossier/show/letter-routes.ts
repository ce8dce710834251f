// The letter of a dossier to be looked at: as it stands, and as it would be with what is typed, before it goes up for signature.
import { officer } from '../../../platform/access/access.ts'
import { civilDateOf } from '../../../platform/calendar/civil.ts'
import type { Db } from '../../../platform/db/database.ts'
import { together } from '../../../platform/db/database.ts'
import { findFile } from '../../../platform/files/file-rows.ts'
import { type Answer, bytes } from '../../../platform/http/answer.ts'
import { notFound } from '../../../platform/http/request.ts'
import { type Route, route } from '../../../platform/http/route.ts'
import { drawLetter, type LetterDrawing } from '../../../platform/pdf/letter.ts'
import type { Agency } from '../../organisation/index.ts'
import { positionsFor } from '../../organisation/index.ts'
import { tooLong } from '../act/actions.ts'
import type { House } from '../change-dossier.ts'
import { draftLetter, typedLetter } from '../decide/draft-letter.ts'
import { noOutcome, textTooLong } from '../errors.ts'
import { VIEW_PERMISSION } from '../permissions.ts'
import { agencyOfWork } from '../process.ts'
import type { LetterContent } from '../view/letter-content.ts'
import { openOwn } from './desk-page.tsx'
import { logLook } from './log-look.ts'
import type { DossierView } from './view.ts'

export function letterRoutes(house: House): Route[] {
  return [
    route({
      method: 'GET',
      path: '/ban-lam-viec/ho-so/:id/van-ban.pdf',
      access: officer(VIEW_PERMISSION),
      handle: async request => {
        const { actor, view } = await openOwn(house, house.db, request)
        await logLook(house.db, request, actor, view.dossier, 'letter')
        return letterAsItStands(house, view, request.at)
      },
    }),
    route({
      method: 'POST',
      path: '/ban-lam-viec/ho-so/:id/xem-truoc',
      access: officer('dossier.work'),
      handle: async request => {
        if (Object.keys(tooLong(request.form)).length > 0) throw textTooLong()
        const drawing = await together(house.db, async db => {
          const { actor, view } = await openOwn(house, db, request)
          const { letter, values } = typedLetter(view, request.form)
          if (letter === undefined) throw noOutcome()
          await logLook(db, request, actor, view.dossier, 'letter')
          const content = await draftLetter(db, view, letter, values, request.at)
          return drawingOf(house, db, view, content, request.at)
        })
        // With the connection given back: drawing is the long part.
        return draw(drawing)
      },
    }),
  ]
}

/** The signed file where there is one, else a drawn draft. */
async function letterAsItStands(house: House, view: DossierView, at: Date): Promise<Answer> {
  const { document } = view
  if (document === null) throw notFound('no document')
  if (document.fileId === null) return draw(await drawingOf(house, house.db, view, document.content, at))
  const file = await findFile(house.db, document.fileId)
  const content = file === null ? null : house.files.read(file.storeKey)
  if (file === null || content === null) throw notFound('bytes are missing')
  return bytes(content, 'application/pdf', file.name, true, file.size)
}

async function drawingOf(
  house: House,
  db: Db,
  view: DossierView,
  content: LetterContent,
  at: Date,
): Promise<LetterDrawing> {
  const signer = content.signer ?? (await likelySigner(db, view, at))
  return { ...content, signer, qr: null, created: at, demo: house.demo, draft: true }
}

const draw = async (drawing: LetterDrawing): Promise<Answer> =>
  bytes((await drawLetter(drawing)).bytes, 'application/pdf', 'du-thao.pdf', true)

/**
 * Whose block stands under a draft: the head, in whose place a deputy signs as "KT." (NĐ 30/2020, Art. 13), where there is one head only;
 * never a name before the signature.
 */
async function likelySigner(db: Db, view: DossierView, at: Date): Promise<NonNullable<LetterContent['signer']>> {
  const nobody = { competence: '', title: '', name: '' }
  const step = view.definition.process?.steps.find(each => each.kind === 'sign')
  if (step === undefined) return nobody
  const agencyId = agencyOfWork(view.dossier.core, step) as Agency['id']
  const posts = await positionsFor(db, { agencyId, role: step.role, sector: step.sector }, civilDateOf(at))
  const [post, other] = posts.filter(each => !each.competence.startsWith('KT.'))
  return post === undefined || other !== undefined
    ? nobody
    : { competence: post.competence, title: post.title, name: '' }
}

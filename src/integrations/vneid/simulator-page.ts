// The simulator's page: choose a demo person or type a 12-digit number. Plain HTML forms, no script, no inline style.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Provider } from 'oidc-provider'
import type { FaultState } from './fault.ts'
import type { Directory } from './people.ts'

const esc = (s: string): string => s.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
const page = (prefix: string, title: string, body: string): string =>
  `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${esc(title)}</title><link rel="stylesheet" href="${prefix}/kieu.css"></head><body><main><h1>${esc(title)}</h1>${body}</main></body></html>`
export const errorPage = (prefix: string, text: string): string =>
  page(prefix, 'VNeID (mô phỏng): không tiếp tục được', `<p role="alert">${esc(text)}</p>`)

export interface InteractionOptions {
  prefix: string
  directory: Directory
  fault: FaultState
  provider: () => Promise<Provider>
}

export function registerInteraction(app: FastifyInstance, o: InteractionOptions): void {
  // replaces whatever parser is inherited (JSON, or a @fastify/formbody registered at the root)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_req, body, done) => {
      done(null, new URLSearchParams(body as string))
    },
  )

  const html = (reply: FastifyReply, code: number, text: string) =>
    reply.code(code).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(text)
  const expired = (reply: FastifyReply) =>
    html(reply, 400, errorPage(o.prefix, 'Phiên xác thực đã hết hạn, hãy quay lại và đăng nhập lại.'))

  /** undefined = expired / foreign cookie */
  const details = async (p: Provider, req: FastifyRequest<{ Params: { uid: string } }>, reply: FastifyReply) => {
    try {
      const d = await p.interactionDetails(req.raw, reply.raw)
      return d.uid === req.params.uid ? d : undefined
    } catch {
      return undefined
    }
  }

  const formPage = (action: string, message?: string): string =>
    page(
      o.prefix,
      'VNeID – MÔ PHỎNG',
      [
        '<p>Đây là trang mô phỏng, không phải VNeID thật.</p>',
        message ? `<p role="alert">${esc(message)}</p>` : '',
        `<form method="post" action="${esc(action)}"><fieldset><legend>Chọn người dùng mẫu</legend>`,
        ...o.directory.demo.map(
          x => `<button name="so" value="${esc(x.SoDinhDanh)}">${esc(x.HoVaTen)} - ${esc(x.SoDinhDanh)}</button>`,
        ),
        '</fieldset></form>',
        `<form method="post" action="${esc(action)}"><label for="so">Hoặc nhập số định danh (12 chữ số)</label>`,
        '<input id="so" name="so" inputmode="numeric" pattern="[0-9]{12}" maxlength="12" required autocomplete="off"><button>Tiếp tục</button></form>',
        `<form method="post" action="${esc(action)}"><button name="tu-choi" value="1">Từ chối</button></form>`,
      ].join(''),
    )

  app.get<{ Params: { uid: string } }>('/xac-thuc/:uid', async (req, reply) => {
    const p = await o.provider()
    const d = await details(p, req, reply)
    if (!d) return expired(reply)
    if (o.fault.mode === 'access_denied') {
      return reply.redirect(
        await p.interactionResult(req.raw, reply.raw, { error: 'access_denied', error_description: 'End-User denied' }),
        303,
      )
    }
    return html(reply, 200, formPage(`${o.prefix}/xac-thuc/${d.uid}`))
  })

  app.post<{ Params: { uid: string } }>('/xac-thuc/:uid', async (req, reply) => {
    const p = await o.provider()
    const d = await details(p, req, reply)
    if (!d) return expired(reply)
    const body = req.body instanceof URLSearchParams ? req.body : new URLSearchParams()
    if (body.has('tu-choi')) {
      return reply.redirect(
        await p.interactionResult(req.raw, reply.raw, { error: 'access_denied', error_description: 'End-User denied' }),
        303,
      )
    }
    const person = o.directory.enter((body.get('so') ?? '').trim())
    if (!person)
      return html(reply, 422, formPage(`${o.prefix}/xac-thuc/${d.uid}`, 'Số định danh phải gồm đúng 12 chữ số.'))

    // login + consent in one step
    const grant = new p.Grant({ accountId: person.sub, clientId: String(d.params.client_id) })
    grant.addOIDCScope(String(d.params.scope))
    const grantId = await grant.save()
    const returnTo = await p.interactionResult(req.raw, reply.raw, {
      login: { accountId: person.sub, remember: false },
      consent: { grantId },
    })
    return reply.redirect(returnTo, 303)
  })

  app.get('/kieu.css', async (_req, reply) =>
    reply
      .type('text/css')
      .header('cache-control', 'max-age=300')
      .send(
        'body{font:18px/1.5 system-ui,sans-serif;margin:0;background:#faf7f2;color:#1c1a19}main{max-width:32rem;margin:auto;padding:20px;background:#fff;min-height:100vh;border-top:8px solid #f2b632;box-sizing:border-box}button{display:block;width:100%;margin:10px 0;min-height:48px;font:inherit;font-weight:700;background:#0b6b63;color:#fff;border:0;border-radius:4px}fieldset{border:1px solid #d9d2c7;padding:15px}input{font:inherit;width:100%;min-height:44px;box-sizing:border-box;padding:5px 10px}label{display:block;margin-top:15px;font-weight:700}button[name=tu-choi]{background:#fff;color:#9b1c1f;border:2px solid #9b1c1f}:focus-visible{outline:3px solid #f2b632;box-shadow:0 0 0 6px #1c1a19}',
      ),
  )
  app.get('/ho-so', async (_req, reply) =>
    html(reply, 200, page(o.prefix, 'VNeID (mô phỏng): hồ sơ', '<p>Trang hồ sơ mô phỏng.</p>')),
  )
  app.get('/dang-xuat', async (_req, reply) =>
    html(reply, 200, page(o.prefix, 'VNeID – MÔ PHỎNG', '<p>Đã đăng xuất khỏi VNeID mô phỏng.</p>')),
  )
}

// The JSON API of the catalogue: open to everybody.
import { z } from 'zod'
import { anyone } from '../../platform/access/access.ts'
import { json } from '../../platform/http/answer.ts'
import { type Route, route } from '../../platform/http/route.ts'
import type { Platform } from '../../platform/module.ts'
import type { Catalogue } from './catalogue.ts'
import { listProcedures } from './store/procedures.ts'

const item = z.object({
  code: z.string(),
  kind: z.enum(['native', 'mirrored', 'information']),
  title: z.string(),
  titleEn: z.string().nullable(),
  field: z.string(),
  online: z.string(),
  levels: z.array(z.string()),
})

export function catalogueApi(platform: Platform, catalogue: Catalogue): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/thu-tuc',
      access: anyone,
      api: {
        summary: 'Published procedures, by words, life event or level',
        tag: 'procedures',
        query: z.object({
          q: z.string().optional(),
          'su-kien': z.string().optional(),
          cap: z.string().optional(),
          trang: z.number().optional(),
        }),
        answer: z.array(item),
      },
      handle: async request => {
        const page = request.pageNumber()
        return json(
          await listProcedures(platform.db, {
            words: request.query('q'),
            lifeEvent: request.query('su-kien'),
            level: request.query('cap'),
            limit: 100,
            offset: (page - 1) * 100,
          }),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/thu-tuc/:code',
      access: anyone,
      api: {
        summary: 'One procedure with its form, process and letters',
        tag: 'procedures',
        answer: z.record(z.string(), z.unknown()),
      },
      handle: async request => json((await catalogue.current(platform.db, request.param('code'))).definition),
    }),
  ]
}

// Every component with its examples on one page: what it looks like, and what axe and the unit tests check.
import { anyone } from '../platform/access/access.ts'
import { page } from '../platform/http/answer.ts'
import { type Route, route } from '../platform/http/route.ts'
import { gallery } from '../platform/view/gallery.ts'
import { texts } from './texts.ts'

export function galleryRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/thanh-phan',
      access: anyone,
      handle: request => {
        const t = texts(request.lang)
        return page({
          title: t('gallery.title'),
          noIndex: true,
          body: (
            <div>
              <h1>{t('gallery.title')}</h1>
              {gallery.map(component => (
                <section key={component.name}>
                  <h2>{component.name}</h2>
                  {component.examples.map(example => (
                    <div key={example.name} class="group">
                      <h3>{example.name}</h3>
                      {example.draw()}
                    </div>
                  ))}
                </section>
              ))}
            </div>
          ),
        })
      },
    }),
  ]
}

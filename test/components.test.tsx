// Our components beside the fixtures of govuk-frontend, as a browser understands both: roles, names, states, descriptions,
// fields and links. Look and classes are our own; behaviour is theirs. Fixtures with options we do not have are left out, and counted.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import { productRoot } from '../src/platform/root.ts'
import { Breadcrumbs } from '../src/platform/view/components/breadcrumbs/breadcrumbs.tsx'
import { Button } from '../src/platform/view/components/button/button.tsx'
import { Checkboxes } from '../src/platform/view/components/checkboxes/checkboxes.tsx'
import { DateInput } from '../src/platform/view/components/date-input/date-input.tsx'
import { Details } from '../src/platform/view/components/details/details.tsx'
import { ErrorSummary } from '../src/platform/view/components/error-summary/error-summary.tsx'
import { FileUpload } from '../src/platform/view/components/file-upload/file-upload.tsx'
import { Notice } from '../src/platform/view/components/notice/notice.tsx'
import { Pagination } from '../src/platform/view/components/pagination/pagination.tsx'
import { Panel } from '../src/platform/view/components/panel/panel.tsx'
import { Radios } from '../src/platform/view/components/radios/radios.tsx'
import { Select } from '../src/platform/view/components/select/select.tsx'
import { SummaryList } from '../src/platform/view/components/summary-list/summary-list.tsx'
import { Table } from '../src/platform/view/components/table/table.tsx'
import { Tag } from '../src/platform/view/components/tag/tag.tsx'
import { TaskList } from '../src/platform/view/components/task-list/task-list.tsx'
import { TextInput } from '../src/platform/view/components/text-input/text-input.tsx'
import { Textarea } from '../src/platform/view/components/textarea/textarea.tsx'
import { launchBrowser, openContext } from './support/browser.ts'

type Options = Readonly<Record<string, unknown>>
interface Fixture {
  readonly name: string
  readonly options: Options
  readonly html: string
}

/** Thrown where a fixture asks for what our component does not offer. */
class NotOurs extends Error {}

const LOOK = ['classes', 'formGroup', 'preventDoubleClick']
/** The options, when they are none but these (and looks). */
function only<K extends string>(given: unknown, ...keys: readonly K[]): Partial<Record<K, unknown>> {
  const options = (given ?? {}) as Options
  const other = Object.keys(options).find(key => !LOOK.includes(key) && !(keys as readonly string[]).includes(key))
  if (other !== undefined) throw new NotOurs(other)
  return options as Partial<Record<K, unknown>>
}
const text = (given: unknown): string => String(only(given, 'text').text ?? '')
const maybe = (given: unknown): string | undefined => (given === undefined || given === false ? undefined : text(given))
const list = (given: unknown): readonly unknown[] => {
  if (!Array.isArray(given) || given.some(each => each === null || typeof each !== 'object')) throw new NotOurs('items')
  return given
}
const string = (given: unknown): string => (given === undefined || given === null ? '' : String(given))
const had = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never

/** Label, hint and error around one control. */
function field(o: Partial<Record<'id' | 'name' | 'label' | 'hint' | 'errorMessage', unknown>>) {
  const label = only(o.label, 'text', 'isPageHeading')
  return {
    id: string(o.id ?? o.name),
    name: string(o.name),
    label: string(label.text),
    labelIsHeading: label.isPageHeading === true,
    hint: maybe(o.hint),
    error: maybe(o.errorMessage),
    errorPrefix: 'Error:',
  }
}
/** Legend, hint and error around several. */
function group(o: Partial<Record<'idPrefix' | 'name' | 'fieldset' | 'hint' | 'errorMessage', unknown>>) {
  if (o.fieldset === undefined) throw new NotOurs('no fieldset')
  const legend = only(only(o.fieldset, 'legend').legend, 'text')
  return {
    id: string(o.idPrefix ?? o.name),
    name: string(o.name),
    legend: string(legend.text),
    hint: maybe(o.hint),
    error: maybe(o.errorMessage),
    errorPrefix: 'Error:',
  }
}
function choices(given: unknown) {
  const items = list(given).map(each => only(each, 'value', 'text', 'hint', 'checked'))
  return {
    checked: items.filter(item => item.checked === true).map(item => string(item.value)),
    items: items.map(item => ({ value: string(item.value), label: string(item.text), hint: maybe(item.hint) })),
  }
}

interface Comparison {
  readonly govuk: string
  /** How many fixtures are compared at least: nothing falls out unseen. */
  readonly least: number
  /** The part of both that is compared; the whole by default. */
  readonly part?: string
  /** Field names are ours where the words are (ngay, thang, nam). */
  readonly namesDiffer?: boolean
  readonly draw: (options: Options) => VNode
}

const comparisons: readonly Comparison[] = [
  {
    govuk: 'button',
    least: 15,
    draw: given => {
      const o = only(given, 'text', 'href', 'name', 'value', 'disabled', 'type', 'element')
      if ((o.type !== undefined && o.type !== 'submit') || o.element === 'input') throw new NotOurs('type')
      return (
        <Button
          text={string(o.text)}
          {...had({ href: o.href as string, name: o.name as string, value: o.value as string })}
          disabled={o.disabled === true}
        />
      )
    },
  },
  {
    govuk: 'input',
    least: 18,
    draw: given => {
      const o = only(
        given,
        ...(['id', 'name', 'label', 'hint', 'errorMessage', 'value', 'type'] as const),
        ...(['autocomplete', 'inputmode', 'spellcheck', 'suffix'] as const),
      )
      return (
        <TextInput
          {...field(o)}
          {...had({
            value: o.value === undefined ? undefined : string(o.value),
            type: o.type as 'text',
            autocomplete: o.autocomplete as string,
            inputmode: o.inputmode as 'text',
            spellcheck: o.spellcheck as boolean,
            suffix: maybe(o.suffix),
          })}
        />
      )
    },
  },
  {
    govuk: 'textarea',
    least: 8,
    draw: given => {
      const o = only(given, 'id', 'name', 'label', 'hint', 'errorMessage', 'value', 'rows')
      return (
        <Textarea
          {...field(o)}
          {...had({ value: o.value as string, rows: o.rows === undefined ? 5 : Number(o.rows) })}
        />
      )
    },
  },
  {
    govuk: 'select',
    least: 4,
    draw: given => {
      const o = only(given, 'id', 'name', 'label', 'hint', 'errorMessage', 'items', 'value')
      const items = list(o.items).map(each => only(each, 'value', 'text', 'selected'))
      if (items.some(item => item.value === undefined)) throw new NotOurs('items without a value')
      if (items.some(item => item.selected === false)) throw new NotOurs('an item that says it is not chosen')
      const chosen = items.find(item => item.selected === true)?.value ?? o.value
      return (
        <Select
          {...field(o)}
          {...had({ value: chosen === undefined ? undefined : string(chosen) })}
          items={items.map(item => ({ value: string(item.value), label: string(item.text) }))}
        />
      )
    },
  },
  {
    govuk: 'radios',
    least: 12,
    draw: given => {
      const o = only(given, 'name', 'idPrefix', 'fieldset', 'hint', 'errorMessage', 'items', 'value')
      const { items, checked } = choices(o.items)
      const value = checked[0] ?? o.value
      return <Radios {...group(o)} items={items} {...had({ value: value === undefined ? undefined : string(value) })} />
    },
  },
  {
    govuk: 'checkboxes',
    least: 9,
    draw: given => {
      const o = only(given, 'name', 'idPrefix', 'fieldset', 'hint', 'errorMessage', 'items', 'values')
      const { items, checked } = choices(o.items)
      return (
        <Checkboxes {...group(o)} items={items} values={[...checked, ...((o.values ?? []) as readonly string[])]} />
      )
    },
  },
  {
    govuk: 'date-input',
    least: 6,
    namesDiffer: true,
    draw: given => {
      const o = only(given, 'id', 'namePrefix', 'fieldset', 'hint', 'errorMessage', 'values', 'day', 'month', 'year')
      if ([o.day, o.month, o.year].includes(false)) throw new NotOurs('two parts')
      const values = only(o.values, 'day', 'month', 'year')
      const label = (part: unknown, word: string) => string(only(part, 'label').label ?? word)
      return (
        <DateInput
          {...group({ ...had({ fieldset: o.fieldset, hint: o.hint, errorMessage: o.errorMessage }), name: o.id })}
          labels={{ day: label(o.day, 'Day'), month: label(o.month, 'Month'), year: label(o.year, 'Year') }}
          day={string(values.day)}
          month={string(values.month)}
          year={string(values.year)}
        />
      )
    },
  },
  {
    govuk: 'file-upload',
    least: 6,
    draw: given => {
      const o = only(given, 'id', 'name', 'label', 'hint', 'errorMessage', 'multiple')
      return <FileUpload {...field(o)} multiple={o.multiple === true} />
    },
  },
  {
    govuk: 'error-summary',
    least: 3,
    draw: given => {
      const o = only(given, 'titleText', 'errorList')
      return (
        <ErrorSummary
          title={string(o.titleText)}
          errors={list(o.errorList).map(each => {
            const error = only(each, 'text', 'href')
            return { text: string(error.text), ...had({ href: error.href as string }) }
          })}
        />
      )
    },
  },
  {
    govuk: 'summary-list',
    least: 2,
    draw: given => {
      const o = only(given, 'rows')
      return (
        <SummaryList
          rows={list(o.rows).map(each => {
            const row = only(each, 'key', 'value', 'actions')
            const actions = list(only(row.actions, 'items').items ?? []).map(action =>
              only(action, 'href', 'text', 'visuallyHiddenText'),
            )
            const name = text(row.key)
            const [action] = actions
            if (actions.length > 1 || (action !== undefined && action.visuallyHiddenText !== name))
              throw new NotOurs('actions')
            return {
              name,
              value: text(row.value),
              ...(action === undefined ? {} : { change: { href: string(action.href), text: string(action.text) } }),
            }
          })}
        />
      )
    },
  },
  {
    govuk: 'table',
    least: 1,
    part: 'table',
    draw: given => {
      const o = only(given, 'caption', 'captionClasses', 'head', 'rows', 'firstCellIsHeader')
      if (o.caption === undefined) throw new NotOurs('no caption')
      const cell = (each: unknown) => string(only(each, 'text', 'format').text)
      return (
        <Table
          caption={string(o.caption)}
          rowHeaders={o.firstCellIsHeader === true}
          columns={list(o.head).map(each => ({ title: cell(each) }))}
          rows={(o.rows as unknown[]).map((row, at) => ({ key: String(at), cells: list(row).map(cell) }))}
        />
      )
    },
  },
  { govuk: 'tag', least: 8, draw: given => <Tag text={string(only(given, 'text').text)} /> },
  {
    govuk: 'details',
    least: 2,
    draw: given => {
      const o = only(given, 'summaryText', 'text', 'open', 'id')
      return (
        <Details summary={string(o.summaryText)} open={o.open === true}>
          {string(o.text)}
        </Details>
      )
    },
  },
  {
    govuk: 'breadcrumbs',
    least: 3,
    draw: given => {
      const o = only(given, 'items', 'collapseOnMobile', 'labelText')
      const items = list(o.items).map(each => only(each, 'text', 'href'))
      if (items.some(item => item.href === undefined)) throw new NotOurs('item without a link')
      return (
        <Breadcrumbs
          label={string(o.labelText ?? 'Breadcrumb')}
          items={items.map(item => ({ text: string(item.text), href: string(item.href) }))}
        />
      )
    },
  },
  {
    govuk: 'pagination',
    least: 2,
    draw: given => {
      const o = only(given, 'previous', 'next')
      const link = (each: unknown, words: string) => {
        if (each === undefined) return null
        const { href, text: said } = only(each, 'href', 'text')
        return { href: string(href), text: string(said ?? words) }
      }
      return (
        <Pagination label="Pagination" previous={link(o.previous, 'Previous page')} next={link(o.next, 'Next page')} />
      )
    },
  },
  {
    govuk: 'panel',
    least: 2,
    draw: given => {
      const o = only(given, 'titleText', 'text', 'headingLevel')
      const level = o.headingLevel ?? 1
      if (level !== 1 && level !== 2) throw new NotOurs('heading level')
      return (
        <Panel title={string(o.titleText)} heading={`h${level}`}>
          {string(o.text)}
        </Panel>
      )
    },
  },
  {
    govuk: 'task-list',
    least: 2,
    draw: given => {
      const o = only(given, 'items', 'idPrefix')
      const items = list(o.items).map(each => only(each, 'title', 'hint', 'href', 'status'))
      return (
        <TaskList
          items={items.map((item, at) => {
            const status = only(item.status, 'text', 'tag')
            if (status.tag === undefined) throw new NotOurs('a status without a tag')
            return {
              id: `${string(o.idPrefix ?? 'task-list')}-${at + 1}`,
              title: text(item.title),
              href: item.href === undefined ? null : string(item.href),
              hint: maybe(item.hint),
              status: text(status.tag),
              tone: 'neutral' as const,
            }
          })}
        />
      )
    },
  },
  {
    govuk: 'notification-banner',
    least: 3,
    draw: given => {
      const o = only(given, 'text', 'titleText', 'type', 'titleId')
      const good = o.type === 'success'
      return (
        <Notice
          title={string(o.titleText ?? (good ? 'Success' : 'Important'))}
          tone={good ? 'good' : 'info'}
          {...had({ id: o.titleId as string })}
        >
          <p>{string(o.text)}</p>
        </Notice>
      )
    },
  },
]

/** What a browser makes of some HTML: the tree that assistive technology reads, and what each field and link does. */
async function understood(page: Page, html: string, { part, namesDiffer }: Comparison) {
  await page.setContent(`<!doctype html><html lang="en"><body><main>${html}</main></body></html>`)
  const whole = page.locator(part === undefined ? 'main' : `main ${part}`)
  const tree = await whole.ariaSnapshot()
  const does = await whole.evaluate((root, noNames) => {
    const clean = (value: string | null | undefined) => (value ?? '').replace(/\s+/g, ' ').trim()
    const seen = (node: Element): string => {
      const copy = node.cloneNode(true) as Element
      for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove()
      return clean(copy.textContent)
    }
    return [...root.querySelectorAll('a, button, input, select, textarea, fieldset, details, [role="alert"]')].map(
      node => ({
        is: node.getAttribute('role') ?? node.tagName,
        ...(noNames ? {} : { name: node.getAttribute('name') }),
        ...Object.fromEntries(
          ['type', 'href', 'rel', 'inputmode', 'autocomplete', 'spellcheck', 'rows', 'role', 'draggable'].map(key => [
            key,
            node.getAttribute(key),
          ]),
        ),
        value: 'value' in node ? String(node.value) : null,
        on: ['checked', 'disabled', 'multiple', 'open', 'ariaDisabled'].filter(key => {
          const value = (node as unknown as Record<string, unknown>)[key]
          return value === true || value === 'true'
        }),
        described: (node.getAttribute('aria-describedby') ?? '')
          .split(/\s+/)
          .filter(id => id !== '')
          .map(id => {
            const found = document.getElementById(id)
            return found === null ? `nothing: ${id}` : seen(found)
          }),
      }),
    )
  }, namesDiffer ?? false)
  return { tree, does }
}

describe('components behave as those of govuk-frontend', () => {
  let browser: Browser
  let page: Page
  before(async () => {
    browser = await launchBrowser()
    page = (await openContext(browser, { width: 800, script: true })).page
  })
  after(() => browser.close())

  for (const comparison of comparisons)
    it(comparison.govuk, async () => {
      const file = join(
        productRoot,
        `node_modules/govuk-frontend/dist/govuk/components/${comparison.govuk}/fixtures.json`,
      )
      const { fixtures } = JSON.parse(readFileSync(file, 'utf8')) as { fixtures: readonly Fixture[] }
      let compared = 0
      const left: string[] = []
      for (const fixture of fixtures) {
        let ours: string
        try {
          ours = render(comparison.draw(fixture.options))
        } catch (error) {
          if (!(error instanceof NotOurs)) throw error
          left.push(`${fixture.name} (${error.message})`)
          continue
        }
        assert.deepEqual(
          await understood(page, ours, comparison),
          await understood(page, fixture.html, comparison),
          `${fixture.name}: ${JSON.stringify(fixture.options)}\n${ours}`,
        )
        compared++
      }
      assert.ok(compared >= comparison.least, `${compared} compared, left out: ${left.join(', ')}`)
    })
})

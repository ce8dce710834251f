// Draws the fields of a page. Hidden ones are drawn too, marked for the island: without script all of them show.
import type { FieldErrors } from '../../../platform/errors.ts'
import { coreTexts } from '../../../platform/i18n/core-texts.ts'
import { formatNumber } from '../../../platform/i18n/format.ts'
import { type Lang, local } from '../../../platform/i18n/texts.ts'
import { Button } from '../../../platform/view/components/button/button.tsx'
import { Checkboxes } from '../../../platform/view/components/checkboxes/checkboxes.tsx'
import { DateInput } from '../../../platform/view/components/date-input/date-input.tsx'
import { Fieldset } from '../../../platform/view/components/fieldset/fieldset.tsx'
import { FileUpload } from '../../../platform/view/components/file-upload/file-upload.tsx'
import { Radios } from '../../../platform/view/components/radios/radios.tsx'
import { Select } from '../../../platform/view/components/select/select.tsx'
import { TextInput } from '../../../platform/view/components/text-input/text-input.tsx'
import { Textarea } from '../../../platform/view/components/textarea/textarea.tsx'
import type { Place } from '../../organisation/index.ts'
import type { Answer, Answers, Field, FieldType, GroupField, SimpleField } from '../form.ts'
import { PARTS } from '../parts.ts'
import { sayAnswer } from '../say.ts'
import { texts } from '../texts.ts'

export interface FieldContext {
  readonly lang: Lang
  readonly answers: Answers
  readonly errors: FieldErrors
  readonly provinces: readonly Place[]
  /** Communes of the provinces that answers name. */
  readonly communes: ReadonlyMap<string, readonly Place[]>
  /** File id → name, for file fields. */
  readonly fileNames: ReadonlyMap<string, string>
}

export function FormFields(props: { fields: readonly Field[]; context: FieldContext }) {
  return (
    <>
      {props.fields.map(field => (
        <div key={field.id} data-when={field.when === undefined ? undefined : JSON.stringify(field.when)}>
          {field.type === 'group' ? (
            <Group field={field} context={props.context} />
          ) : (
            <One field={field} name={field.id} answer={props.context.answers[field.id]} context={props.context} />
          )}
        </div>
      ))}
    </>
  )
}

function Group(props: { field: GroupField; context: FieldContext }) {
  const { field, context } = props
  const t = texts(context.lang)
  const label = local(field.label, context.lang)
  const given = context.answers[field.id]
  const members = Array.isArray(given) && given.length > 0 ? (given as readonly Answers[]) : [{}]
  return (
    <Fieldset
      id={field.id}
      legend={label}
      hint={field.hint === undefined ? undefined : local(field.hint, context.lang)}
      error={context.errors[field.id]}
    >
      {members.map((member, index) => (
        // Members have no identity of their own; their place is their name.
        <div class="group" key={String(index)}>
          <input type="hidden" name={`${field.id}.${index}`} value="1" />
          <p class="label">{t('group.member', { label, n: index + 1 })}</p>
          {field.fields.map(inner => (
            <One
              key={inner.id}
              field={inner}
              name={`${field.id}.${index}.${inner.id}`}
              answer={member[inner.id]}
              context={context}
            />
          ))}
          {members.length > 1 ? (
            <button
              type="submit"
              class="plain-button danger-link"
              name="_bo"
              value={`${field.id}.${index}`}
              formnovalidate
            >
              {t('group.remove', { n: index + 1 })}
            </button>
          ) : null}
        </div>
      ))}
      {members.length < field.limit ? (
        <Button text={t('group.add')} secondary name="_them" value={field.id} noValidate />
      ) : null}
    </Fieldset>
  )
}

const INPUT: Partial<
  Record<
    FieldType,
    {
      type?: 'tel' | 'email' | 'text'
      inputmode?: 'numeric' | 'decimal' | 'tel' | 'email'
      width?: 'narrow' | 'medium'
      autocomplete?: string
    }
  >
> = {
  number: { inputmode: 'decimal', width: 'narrow' },
  money: { inputmode: 'numeric', width: 'medium' },
  phone: { type: 'tel', inputmode: 'tel', width: 'medium', autocomplete: 'tel' },
  email: { type: 'email', inputmode: 'email', autocomplete: 'email' },
  'citizen-number': { inputmode: 'numeric', width: 'medium' },
  'tax-code': { inputmode: 'numeric', width: 'medium' },
}

function One(props: { field: SimpleField; name: string; answer: Answer | undefined; context: FieldContext }) {
  const { field, name, answer, context } = props
  const { lang } = context
  const t = texts(lang)
  const label = local(field.label, lang) + (field.required || field.compute !== undefined ? '' : ` ${t('optional')}`)
  const hint = field.hint === undefined ? undefined : local(field.hint, lang)
  const error = context.errors[name]
  const common = { id: name, name, hint, error }
  const text = typeof answer === 'string' || typeof answer === 'number' ? String(answer) : ''
  if (field.compute !== undefined) {
    return (
      <div class="field" data-compute={JSON.stringify(field)}>
        <p class="label">{label}</p>
        <p class="hint">{t('computed')}</p>
        <output class="number" name={name}>
          {sayAnswer(field, answer, lang, new Map()) || '0'}
        </output>
      </div>
    )
  }
  switch (field.type) {
    case 'long-text':
      return <Textarea {...common} label={label} value={text} />
    case 'choice':
      return (field.options ?? []).length > 8 ? (
        <Select
          {...common}
          label={label}
          value={text}
          items={[{ value: '', label: t('choose') }, ...choices(field, lang)]}
        />
      ) : (
        <Radios {...common} legend={label} value={text} items={choices(field, lang)} />
      )
    case 'yes-no':
      return (
        <Radios
          {...common}
          legend={label}
          value={text}
          items={[
            { value: 'co', label: t('yes') },
            { value: 'khong', label: t('no') },
          ]}
        />
      )
    case 'checkboxes':
      return (
        <Checkboxes
          {...common}
          legend={label}
          values={Array.isArray(answer) ? (answer as readonly string[]) : []}
          items={choices(field, lang)}
        />
      )
    case 'date':
      return <DateField name={name} label={label} hint={hint} error={error} value={text} lang={lang} />
    case 'address':
      return <AddressField {...props} label={label} />
    case 'person':
    case 'organisation':
      return <CompoundField {...props} label={label} />
    case 'file': {
      const kept = Array.isArray(answer) ? (answer as readonly string[]) : []
      return (
        <>
          {kept.map(id => (
            <p key={id}>{t('file.keep', { name: context.fileNames.get(id) ?? '' })}</p>
          ))}
          <FileUpload {...common} label={label} />
        </>
      )
    }
    default:
      return (
        <TextInput
          {...common}
          label={label}
          value={
            typeof answer === 'number'
              ? field.type === 'money'
                ? formatNumber(answer, 'vi')
                : String(answer).replace('.', ',')
              : text
          }
          suffix={field.type === 'money' ? 'đồng' : field.unit === undefined ? undefined : local(field.unit, lang)}
          {...INPUT[field.type]}
        />
      )
  }
}

const choices = (field: SimpleField, lang: Lang) =>
  (field.options ?? []).map(option => ({
    value: option.value,
    label: local(option.label, lang),
    hint: option.hint === undefined ? undefined : local(option.hint, lang),
  }))

function DateField(props: {
  name: string
  label: string
  hint: string | undefined
  error: string | undefined
  value: string
  lang: Lang
}) {
  const core = coreTexts(props.lang)
  const [day = '', month = '', year = ''] = /^\d{4}-\d\d-\d\d$/.test(props.value)
    ? props.value.split('-').reverse()
    : props.value.split('/')
  return (
    <DateInput
      id={props.name}
      name={props.name}
      legend={props.label}
      hint={props.hint}
      error={props.error}
      labels={{ day: core('frame.day'), month: core('frame.month'), year: core('frame.year') }}
      day={day}
      month={month}
      year={year}
    />
  )
}

function AddressField(props: {
  field: SimpleField
  name: string
  answer: Answer | undefined
  context: FieldContext
  label: string
}) {
  const { name, context } = props
  const t = texts(context.lang)
  const parts = (typeof props.answer === 'object' && !Array.isArray(props.answer) ? props.answer : {}) as Record<
    string,
    string
  >
  const communes = context.communes.get(parts.tinh ?? '') ?? []
  const item = (place: Place) => ({ value: place.code, label: place.name })
  return (
    <Fieldset
      id={`${name}-nhom`}
      legend={props.label}
      hint={props.field.hint === undefined ? undefined : local(props.field.hint, context.lang)}
      error={context.errors[name]}
    >
      <Select
        id={`${name}.tinh`}
        name={`${name}.tinh`}
        label={t('part.tinh')}
        value={parts.tinh ?? ''}
        error={context.errors[`${name}.tinh`]}
        items={[{ value: '', label: t('choose') }, ...context.provinces.map(item)]}
        attributes={{ 'data-communes': `${name}.xa` }}
      />
      <p class="no-script-only">
        <Button
          text={t('load-communes')}
          secondary
          name="_xa"
          value={name}
          noValidate
          attributes={{ 'data-communes-button': '' }}
        />
      </p>
      <Select
        id={`${name}.xa`}
        name={`${name}.xa`}
        label={t('part.xa')}
        value={parts.xa ?? ''}
        error={context.errors[`${name}.xa`]}
        items={[
          { value: '', label: communes.length > 0 ? t('choose') : t('choose-province-first') },
          ...communes.map(item),
        ]}
      />
      <p>
        <a href="/dia-gioi" target="_blank" rel="noreferrer">
          {t('old-ward')}
        </a>
      </p>
      <TextInput
        id={`${name}.duong`}
        name={`${name}.duong`}
        label={t('part.duong')}
        value={parts.duong ?? ''}
        error={context.errors[`${name}.duong`]}
        autocomplete="street-address"
      />
    </Fieldset>
  )
}

function CompoundField(props: {
  field: SimpleField
  name: string
  answer: Answer | undefined
  context: FieldContext
  label: string
}) {
  const { field, name, context } = props
  const t = texts(context.lang)
  const parts = (typeof props.answer === 'object' && !Array.isArray(props.answer) ? props.answer : {}) as Record<
    string,
    string
  >
  return (
    <Fieldset
      id={`${name}-nhom`}
      legend={props.label}
      hint={field.hint === undefined ? undefined : local(field.hint, context.lang)}
      error={context.errors[name]}
    >
      {(PARTS[field.type] ?? []).map(part => {
        const id = `${name}.${part}`
        const label = t(`part.${part as 'ho-ten'}`)
        const optional = part === 'ngay-sinh' || part === 'dien-thoai' || part === 'dai-dien' ? ` ${t('optional')}` : ''
        if (part === 'ngay-sinh')
          return (
            <DateField
              key={part}
              name={id}
              label={label + optional}
              hint={undefined}
              error={context.errors[id]}
              value={parts[part] ?? ''}
              lang={context.lang}
            />
          )
        const numeric = part === 'so-dinh-danh' || part === 'ma-so' || part === 'dien-thoai'
        return (
          <TextInput
            key={part}
            id={id}
            name={id}
            label={label + optional}
            value={parts[part] ?? ''}
            error={context.errors[id]}
            {...(numeric ? { inputmode: 'numeric' as const, width: 'medium' as const } : {})}
          />
        )
      })}
    </Fieldset>
  )
}

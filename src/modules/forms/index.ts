// Front door of forms: definition, evaluator, drawing.
export {
  type CheckContext,
  checkForm,
  checkPage,
  decodePage,
  type Fault,
  type Faults,
  holds,
  isFilled,
  lookUp,
  type PostedValues,
  prune,
  visibleFields,
  visiblePages,
  withComputed,
} from './evaluate.ts'
export {
  type Answer,
  type Answers,
  type Condition,
  condition,
  eachField,
  type Field,
  type Form,
  type FormPage,
  formSchema,
  localText,
  type SimpleField,
} from './form.ts'
export { type PlaceNames, placeCodes, type SaidRow, sayAnswer, sayFaults, sayFields } from './say.ts'
export { type FieldContext, FormFields } from './view/form-fields.tsx'

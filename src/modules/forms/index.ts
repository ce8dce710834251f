// Front door of forms: definition, evaluator, drawing.
export { decodePage, type PostedValues } from './decode.ts'
export {
  type CheckContext,
  checkForm,
  checkPage,
  type Fault,
  type Faults,
  holds,
  isFilled,
  lookUp,
  prune,
  unknownAnswers,
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

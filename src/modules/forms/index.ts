// Front door of forms: definition, evaluator, drawing.
export { type CheckContext, checkForm, checkPage, decodePage, type Fault, type Faults, holds, isFilled, lookUp, type PostedValues, prune, visibleFields, visiblePages, withComputed } from './evaluate.ts'
export { type Answer, type Answers, type Condition, condition, eachField, type Field, type Form, formSchema, type FormPage, localText, type SimpleField } from './form.ts'
export { placeCodes, type PlaceNames, sayAnswer, sayFaults, sayFields, type SaidRow } from './say.ts'
export { type FieldContext, FormFields } from './view/form-fields.tsx'

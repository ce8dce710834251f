// Front door of privacy.
export { type ErasureOutcome, erasePerson } from './erase-person/erase-person.ts'

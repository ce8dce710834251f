// Front door of records: number books.
export { formatDocumentNumber, NumberedInYear, takeNumber } from './books.ts'

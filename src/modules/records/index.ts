// Front door of records: number books.
export { formatDocumentNumber, takeNumber } from './books.ts'

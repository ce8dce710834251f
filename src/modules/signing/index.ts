// Front door of signing: keys, acts on letters, intents, issued documents, verification.
export { issueDemoKeys, type KeyHolder } from './authority.ts'
export { readAuthorities } from './chain.ts'
export type { SignerPort, TimestampPort } from './ports.ts'
export { type LetterActs, letterActs } from './sign-letter.ts'
export { softwareKeys } from './software-keys.ts'
export {
  closeIntent,
  findKey,
  forgetResults,
  type Intent,
  type IntentKind,
  insertIntent,
  insertIssued,
  readIntent,
} from './store/keys.ts'
export { type Authorities, askTimestamp, readTimestamp, verifyTimestamp } from './timestamp/token.ts'

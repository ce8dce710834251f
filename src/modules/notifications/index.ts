// Front door of notifications: a text to an address.
export {
  eraseMessages,
  type NewNotification,
  NO_CARRIER,
  noticesFor,
  notify,
  recentMessages,
  type SentMessage,
  sweepMessages,
} from './notify.ts'
export type { Carrier, Carriers, OutgoingMessage } from './ports.ts'

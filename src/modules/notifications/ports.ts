// What notifications need from outside: carriers of texts.

export interface OutgoingMessage {
  /** The same key twice is the same message; carriers that can should drop the second. */
  readonly key: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** Carries one message. Rejects when it could not be handed over; it is then tried again. */
export interface Carrier {
  send(message: OutgoingMessage): Promise<void>
}

/** Null: this installation has no such way to people, and says so of each message that would have gone it. */
export interface Carriers {
  readonly email: Carrier | null
  readonly sms: Carrier | null
  readonly zalo: Carrier | null
}

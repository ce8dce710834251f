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

export interface Carriers {
  readonly email: Carrier
  readonly sms: Carrier
  readonly zalo: Carrier
}

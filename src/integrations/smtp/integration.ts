// SMTP: the e-mail carrier of notifications. Without SMTP_URL (demo) messages stay in the house and the mailbox page shows them.
import { createTransport, type SendMailOptions } from 'nodemailer'
import type { Carrier } from '../../modules/notifications/index.ts'

export interface SmtpSettings {
  /** smtp:// or smtps://, user and password inside. */
  readonly url: string
  readonly from: string
  /** How long the server may say nothing, and how long one mail may take in all, in milliseconds. */
  readonly patience: { readonly silence: number; readonly mail: number }
}

/** A mail that takes longer is given up and tried again: other messages wait behind it. */
export const SMTP_PATIENCE = { silence: 20_000, mail: 60_000 }

/** Notices name people: outside this machine they travel encrypted, unless the operator writes ?requireTLS=false into the URL. */
export function mustEncrypt(url: string): boolean {
  const { hostname, searchParams } = new URL(url)
  return !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname) && searchParams.get('requireTLS') !== 'false'
}

/** Sends through an SMTP server. */
export function smtpCarrier({ url, from, patience }: SmtpSettings): Carrier {
  // The second argument of createTransport is for messages only: a limit given there would be none.
  const transport = createTransport({
    url,
    requireTLS: mustEncrypt(url),
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: patience.silence,
    greetingTimeout: patience.silence,
    socketTimeout: patience.silence,
    dnsTimeout: patience.silence,
  } as object)
  return {
    async send(message) {
      const mail = {
        from,
        to: message.to,
        subject: message.subject,
        text: message.text,
        // The key as Message-ID: a mail sent twice after a crash is recognised as one.
        messageId: `<${message.key}@motcua>`,
        // A server that says a little now and then is never silent; its types do not know of the signal yet.
        signal: AbortSignal.timeout(patience.mail),
      } as SendMailOptions
      try {
        await transport.sendMail(mail)
      } catch (error) {
        throw withoutAddress(error as Error, message.to)
      }
    },
  }
}

/** What went wrong, for logs and for /van-hanh: servers repeat the address that they refuse, and more hangs on errors of the library. */
function withoutAddress(error: Error, to: string): Error {
  const [local = ''] = to.split('@')
  // A name of one or two signs is part of many words.
  const named = local.length > 2 ? [to, local] : [to]
  const text = named
    .reduce((said, name) => said.replaceAll(name, '[address]'), error.message)
    .replace(/[^\s<>()"]+@[^\s<>()"]+/g, '[address]')
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  return Object.assign(new Error(text), { name: error.name, code, responseCode })
}

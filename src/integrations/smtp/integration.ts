// SMTP: the e-mail carrier of notifications. Without SMTP_URL (demo) messages stay in the house and the mailbox page shows them.
import { createTransport } from 'nodemailer'
import type { Carrier } from '../../modules/notifications/index.ts'

/** Sends through an SMTP server given by URL (smtp:// or smtps://, user and password inside). */
export function smtpCarrier(url: string, from: string): Carrier {
  const transport = createTransport(url, {
    from,
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  } as never)
  return {
    async send(message) {
      // The key as Message-ID: a mail sent twice after a crash is recognised as one.
      await transport.sendMail({
        from,
        to: message.to,
        subject: message.subject,
        text: message.text,
        messageId: `<${message.key}@motcua>`,
      })
    },
  }
}

// When the database is not there: telling a server that went away from a statement that was wrong.

// Shutdown, crash of a neighbour, starting up, read-only after a failover, too many connections, disk full, I/O error,
// a lock or a statement that took too long, a transaction that was held too long.
const CODES = ['57P01', '57P02', '57P03', '25006', '53300', '53100', '58030', '55P03', '57014', '25P03']
const SYSTEM = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENOTFOUND', 'ENOSPC']
const SENTENCES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|connection is closed/i

/** True when the database is away, going or coming, has no room left, or was cut off in the middle: later it may work. */
export function databaseAway(error: Error): boolean {
  const { code = '', syscall } = error as { code?: string; syscall?: string }
  // A server that stops takes its socket away; one with too many at the door has no room there. Of files both mean something else.
  if (syscall === 'connect' && (code === 'ENOENT' || code === 'EAGAIN')) return true
  return CODES.includes(code) || code.startsWith('08') || SYSTEM.includes(code) || SENTENCES.test(error.message)
}

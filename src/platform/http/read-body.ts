// Bodies of requests: forms, JSON, and files that go to the store as they come; what nobody keeps is removed.
import type { FastifyRequest } from 'fastify'
import { type FileStore, FileTooLarge } from '../files/file-store.ts'
import { normalise, normaliseJson } from '../text.ts'
import { FormBody, type UploadedFile } from './form-body.ts'
import { fileTooLarge, isBadMultipart, MAX_FORM_BYTES, tooLarge, unsupported } from './refusals.ts'
import { malformed } from './request.ts'
import type { Route } from './route.ts'

const MAX_FILES = 20

export interface Stores {
  readonly files: FileStore
  /** Which of these store keys have a row by now. */
  readonly keptFiles: (keys: readonly string[]) => Promise<ReadonlySet<string>>
}

/** Reads what came with a request; files are in the store then, without a row. Throws 400, 413, 415. */
export async function readBody(
  stores: Stores,
  route: Route,
  request: FastifyRequest,
): Promise<{ form: FormBody; json: unknown }> {
  if (request.method === 'GET' || request.method === 'HEAD') return { form: FormBody.of([]), json: null }
  try {
    if (request.isMultipart()) {
      if (route.maxUploadBytes === undefined) throw unsupported()
      return { form: await readMultipart(stores, request, route.maxUploadBytes, route.maxUploads), json: null }
    }
    if (typeof request.body === 'string') return { form: FormBody.of(new URLSearchParams(request.body)), json: null }
    return { form: FormBody.of([]), json: normaliseJson(request.body ?? null) }
  } catch (error) {
    if (error instanceof RangeError) throw malformed(error.message)
    throw error
  }
}

/** Everything a handler did not give a row is removed at once: bytes nobody owns must not fill the disk. */
export async function dropUnkept(stores: Stores, files: readonly UploadedFile[]): Promise<void> {
  if (files.length === 0) return
  const kept = await stores.keptFiles(files.map(file => file.stored.key)).catch(() => null)
  if (kept === null) return
  for (const file of files)
    if (!kept.has(file.stored.key)) await stores.files.remove(file.stored.key).catch(() => undefined)
}

async function readMultipart(
  stores: Stores,
  request: FastifyRequest,
  maxBytes: number,
  maxFiles = MAX_FILES,
): Promise<FormBody> {
  const pairs: [string, string][] = []
  const files: UploadedFile[] = []
  let textBytes = 0
  try {
    for await (const part of request.parts({
      limits: { fileSize: maxBytes + 1, files: maxFiles, fields: 3000, fieldSize: 100_000 },
    })) {
      if (typeof part.fieldname !== 'string') throw malformed('a part without a name')
      if (part.type === 'field') {
        // A part that calls itself JSON comes read already: no form of ours has one.
        if (typeof part.value !== 'string') throw malformed('a field that is no text')
        textBytes += part.value.length
        if (textBytes > MAX_FORM_BYTES) throw tooLarge(MAX_FORM_BYTES)
        pairs.push([part.fieldname, part.value])
      } else if (part.filename === undefined || part.filename === '') part.file.resume()
      else {
        const fileName = normalise(part.filename)
          .replace(/^.*[/\\]/, '')
          .slice(-200)
        const stored = await stores.files.write(part.file, maxBytes).catch(error => {
          throw error instanceof FileTooLarge ? fileTooLarge(fileName, error.limit) : error
        })
        files.push({ field: part.fieldname, fileName, stored })
      }
    }
    return FormBody.of(pairs, files)
  } catch (error) {
    for (const file of files) await stores.files.remove(file.stored.key)
    // A browser reads the answer when it has sent all: what still comes is let run past, or it would wait for a minute.
    request.raw.unpipe()
    request.raw.resume()
    throw isBadMultipart(error) ? malformed((error as Error).message) : error
  }
}

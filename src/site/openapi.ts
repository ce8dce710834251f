// OpenAPI 3.1 of the JSON API, generated from the contracts that stand beside the routes.
import { z } from 'zod'
import { anyone } from '../platform/access/access.ts'
import { json } from '../platform/http/answer.ts'
import { type Route, route } from '../platform/http/route.ts'

/** A contract as JSON Schema, without what only clutters it for other programs: the dialect, which OpenAPI 3.1 names itself, and the bounds of a double. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...plain } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return plain
}

export function openApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const each of routes) {
    if (each.api === undefined) continue
    const path = each.path.replace(/:(\w+)/g, '{$1}')
    const parameters = [...each.path.matchAll(/:(\w+)/g)].map(match => ({
      name: match[1],
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }))
    const query =
      each.api.query === undefined
        ? []
        : Object.entries(
            (schemaOf(each.api.query, 'input') as { properties?: Record<string, unknown> }).properties ?? {},
          ).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
    const problem = {
      description: 'Problem',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }
    paths[path] = {
      ...paths[path],
      [each.method.toLowerCase()]: {
        summary: each.api.summary,
        tags: [each.api.tag],
        parameters: [...parameters, ...query],
        ...(each.api.body === undefined
          ? {}
          : {
              requestBody: {
                required: true,
                content: { 'application/json': { schema: schemaOf(each.api.body, 'input') } },
              },
            }),
        ...(each.access.kind === 'system' ? { security: [{ token: [each.access.scope] }] } : {}),
        responses: {
          [each.api.status ?? 200]: {
            description: each.api.status === 201 ? 'Created' : 'OK',
            content: { 'application/json': { schema: schemaOf(each.api.answer, 'output') } },
          },
          default: problem,
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Một Cửa', version, license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' } },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            instance: { type: 'string' },
            errors: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    },
  }
}

export function openApiRoutes(routes: readonly Route[], version: string): Route[] {
  const document = openApi(routes, version)
  return [
    route({ method: 'GET', path: '/api', access: anyone, handle: () => json(document) }),
    route({ method: 'GET', path: '/api/openapi.json', access: anyone, handle: () => json(document) }),
  ]
}

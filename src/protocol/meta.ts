import { z } from "zod";

/** Health of a part of Parley. */
const check = z.object({ ok: z.boolean(), detail: z.string().exactOptional() });

/** Answer of `GET /api/health`. Only a log that cannot be written makes Parley unhealthy. All but `healthy` is for the admin alone. */
export const healthReport = z.object({
  healthy: z.boolean(),
  /** Parley's version. */
  version: z.string().exactOptional(),
  /** Names of the checks that failed. */
  degraded: z.array(z.string()).exactOptional(),
  checks: z.record(z.string(), check).exactOptional(),
});
/** The health of a process as a client reads it: `healthy` alone without the admin token. */
export type HealthReport = z.input<typeof healthReport>;

/** Answer of `GET /api/config`: public facts for a page. */
export const pageConfig = z.looseObject({
  /** Parley's version. */
  version: z.string(),
  /** Bytes a request body may have. */
  maxBodyBytes: z.number().int(),
  /** Chat platforms that can show a room, such as `slack`; and runtimes that new agents can have, the preferred first. */
  chats: z.array(z.string()).exactOptional(),
  runtimes: z.array(z.string()).exactOptional(),
});
/** Public facts for a page, as it reads them. */
export type PageConfig = z.input<typeof pageConfig>;

/** Answer of `GET /api/openapi.json`: an OpenAPI 3.1 document. */
export const openApiDocument = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()),
});

import type { Hono } from "hono";
import type { Health } from "../../ports/health.js";
import { plainQuery } from "../../protocol/fields.js";
import { type HealthReport, healthReport, openApiDocument, pageConfig } from "../../protocol/meta.js";
import { type OpenApiDocument, openApi } from "../../protocol/openapi.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enterAsAdmin, isAdmin } from "../entrance.js";
import { maxBodyBytes, readQuery } from "../input.js";

/** Minimum interval between checks, because each costs a write. Earlier calls get the last result. */
const healthAgeMs = 1_000;
const checkTimeoutMs = 2_000;

/** How Parley is, what it counts, and what a page may know. What tells of the machine and its parts is for the admin. */
export function metaRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  const health = createHealth(deps);

  app.get("/api/health", async (c) => {
    readQuery(c, plainQuery);
    const report = await health();
    const told = isAdmin(c, deps) ? report : { healthy: report.healthy };
    return answer(c, healthReport, told, report.healthy ? 200 : 503);
  });

  app.get("/metrics", async (c) => {
    await enterAsAdmin(c, deps);
    const { registry, check } = deps.metrics;
    for (const [name, { ok }] of Object.entries((await health()).checks)) check(name, ok);
    return c.body(await registry.metrics(), 200, { "Content-Type": registry.contentType });
  });

  app.get("/api/config", (c) => {
    readQuery(c, plainQuery);
    return answer(c, pageConfig, { version: deps.version, maxBodyBytes, ...deps.pageConfig() });
  });

  let document: OpenApiDocument | undefined;
  app.get("/api/openapi.json", (c) => {
    readQuery(c, plainQuery);
    document ??= openApi({ version: deps.version });
    return answer(c, openApiDocument, { ...document });
  });
}

function createHealth(deps: AppDeps): () => Promise<Required<HealthReport>> {
  let last: { atMs: number; report: Promise<Required<HealthReport>> } | undefined;

  async function ask(): Promise<Required<HealthReport>> {
    const names = Object.keys(deps.checks);
    const answers = await Promise.all(names.map((name) => checkOne(deps, name)));
    const checks = Object.fromEntries(names.map((name, index) => [name, answers[index] ?? { ok: false }]));
    const degraded = names.filter((name) => !checks[name]?.ok);
    return { healthy: checks.log?.ok === true, version: deps.version, degraded, checks };
  }

  return () => {
    const nowMs = deps.clock.monotonicMs();
    if (!last || nowMs - last.atMs >= healthAgeMs) last = { atMs: nowMs, report: ask() };
    return last.report;
  };
}

async function checkOne({ checks, clock, logger }: AppDeps, name: string): Promise<Health> {
  let cancel = () => {};
  const late = new Promise<Health>((resolve) => {
    const detail = `did not answer within ${checkTimeoutMs / 1_000} s`;
    cancel = clock.after(checkTimeoutMs, () => resolve({ ok: false, detail }));
  });
  try {
    return await Promise.race([checks[name]?.() ?? { ok: false }, late]);
  } catch (error) {
    logger.warn({ check: name, error }, "a health check failed");
    return { ok: false, detail: "the check itself failed; the log says why" };
  } finally {
    cancel();
  }
}

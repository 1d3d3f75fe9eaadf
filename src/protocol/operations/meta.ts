import { healthReport, openApiDocument, pageConfig } from "../meta.js";
import { json, type Operation } from "../operation.js";

/** Operations about Parley itself. */
export const metaOperations = {
  getHealth: {
    method: "GET",
    path: "/api/health",
    summary: "says whether Parley works",
    note: "Only an unwritable log is unhealthy. The parts are asked at most once a second. Without the admin token the answer is `healthy` alone.",
    access: "anyone",
    answers: { 200: json(healthReport, "Parley is healthy."), 503: json(healthReport, "The log cannot be written.") },
    problems: [422],
  },
  getMetrics: {
    method: "GET",
    path: "/metrics",
    summary: "counts for Prometheus",
    access: "admin",
    answers: { 200: { description: "Prometheus text.", content: { "text/plain": undefined } } },
    problems: [401, 403],
  },
  getConfig: {
    method: "GET",
    path: "/api/config",
    summary: "says what a page may know",
    access: "anyone",
    answers: { 200: json(pageConfig) },
    problems: [422],
  },
  getOpenApi: {
    method: "GET",
    path: "/api/openapi.json",
    summary: "describes this API as OpenAPI 3.1",
    access: "anyone",
    answers: { 200: json(openApiDocument) },
    problems: [422],
  },
  getFace: {
    method: "GET",
    path: "/faces/:file",
    summary: "serves the picture of an agent, for chat platforms",
    note: "`<drawing>-<place>-<initials>.png`: the address tells a number and initials, and no room. It may be kept for good.",
    access: "anyone",
    answers: { 200: { description: "A picture of 128 by 128 pixels.", content: { "image/png": undefined } } },
    problems: [404],
  },
} as const satisfies Record<string, Operation>;

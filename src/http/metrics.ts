import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { EgressEnd } from "../ports/egress.js";

/** What Parley counts, in Prometheus' words. A registry of its own: two in one process do not meet. */
export interface Metrics {
  readonly registry: Registry;
  request(seen: { method: string; route: string; status: number; seconds: number }): void;
  /** Something was written to the log: how it ended, how long it took, and the types of the events that were stored. */
  append(seen: { outcome: string; seconds: number; types: readonly string[] }): void;
  /** How a part was found to be. */
  check(name: string, ok: boolean): void;
  /** A viewer's stream ended: it left, was cut, or was ended. */
  viewerEnded(end: string): void;
  /** A request went beyond a cap: messages, rooms, invites, uploads, agents, streams, sandboxes. */
  capReached(cap: string): void;
  /** A command was handed to the process that writes its room: `decided` there, `elsewhere` (it does not write it any more), or `unanswered`. */
  handed(outcome: string): void;
  /** A request of an agent to an outside host has ended. */
  egress(end: EgressEnd): void;
  /** Numbers that are asked for at each look. Call it once. */
  addGauges(gauges: Gauges): void;
}

/** Figures counted elsewhere. */
export interface Gauges {
  /** Open SSE streams. */
  viewers: () => number;
  /** Rooms in memory. */
  roomsInMemory: () => number;
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** `process`: whether to include the metrics of Node itself; default false. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const metrics: Metrics = {
    registry,
    request: countRequests(registers),
    append: countAppends(registers),
    egress: countEgress(registers),
    check: tellChecks(registers),
    viewerEnded: countViewersEnded(registers),
    capReached: countCapsReached(registers),
    handed: countHanded(registers),
    addGauges({ viewers, roomsInMemory }) {
      gauge(registers, { name: "parley_viewers", help: "Open SSE streams", value: viewers });
      gauge(registers, { name: "parley_rooms_in_memory", help: "Rooms folded in memory", value: roomsInMemory });
    },
  };
  if (options.process) collectDefaultMetrics({ register: registry });
  return metrics;
}

function countRequests(registers: Registry[]): Metrics["request"] {
  const requests = new Counter({
    name: "parley_http_requests_total",
    help: "Requests answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "parley_http_request_seconds",
    help: "Time until a response starts",
    labelNames: ["route"],
    buckets: secondsBuckets,
    registers,
  });
  return ({ method, route, status, seconds: took }) => {
    requests.inc({ method, route, status: String(status) });
    seconds.observe({ route }, took);
  };
}

function countAppends(registers: Registry[]): Metrics["append"] {
  const appends = new Histogram({
    name: "parley_log_append_seconds",
    help: "Time until the log has stored what was written, by outcome: appended, conflict (somebody else wrote first), failed",
    labelNames: ["outcome"],
    buckets: secondsBuckets,
    registers,
  });
  const events = new Counter({
    name: "parley_events_total",
    help: "Events this process stored, by type",
    labelNames: ["type"],
    registers,
  });
  return ({ outcome, seconds, types }) => {
    appends.observe({ outcome }, seconds);
    for (const type of types) events.inc({ type });
  };
}

function countEgress(registers: Registry[]): Metrics["egress"] {
  const egress = new Counter({
    name: "parley_egress_total",
    help: "What agents asked of hosts outside, by how it ended: done, refused (by rule), failed (at the host), cut",
    labelNames: ["outcome"],
    registers,
  });
  const egressBytes = new Counter({
    name: "parley_egress_bytes_total",
    help: "Bytes between agents and hosts outside, by direction: sent (to the host), received",
    labelNames: ["direction"],
    registers,
  });
  return ({ outcome, sentBytes, receivedBytes }) => {
    egress.inc({ outcome });
    egressBytes.inc({ direction: "sent" }, sentBytes);
    egressBytes.inc({ direction: "received" }, receivedBytes);
  };
}

function tellChecks(registers: Registry[]): Metrics["check"] {
  const checks = new Gauge({
    name: "parley_check_ok",
    help: "1: this part works, 0: it does not; the same checks as /api/health",
    labelNames: ["check"],
    registers,
  });
  return (name, ok) => checks.set({ check: name }, ok ? 1 : 0);
}

function countCapsReached(registers: Registry[]): Metrics["capReached"] {
  const reached = new Counter({
    name: "parley_cap_reached_total",
    help: "What was refused because of a cap (PARLEY_MAX_*): messages, rooms, invites, agents, streams, sandboxes",
    labelNames: ["cap"],
    registers,
  });
  return (cap) => reached.inc({ cap });
}

function countHanded(registers: Registry[]): Metrics["handed"] {
  const handed = new Counter({
    name: "parley_commands_handed_total",
    help: "Commands handed to the process that writes their room: decided (there), elsewhere (not its room any more), unanswered",
    labelNames: ["outcome"],
    registers,
  });
  return (outcome) => handed.inc({ outcome });
}

function countViewersEnded(registers: Registry[]): Metrics["viewerEnded"] {
  const ended = new Counter({
    name: "parley_viewers_ended_total",
    help: "SSE streams that ended: left, cut (did not read), ended",
    labelNames: ["end"],
    registers,
  });
  return (end) => ended.inc({ end });
}

function gauge(
  registers: Registry[],
  { name, help, value }: { name: string; help: string; value: () => number },
): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value());
    },
  });
}

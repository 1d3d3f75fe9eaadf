import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What Parley counts, in Prometheus' words. A registry of its own: two in one process do not meet. */
export interface Metrics {
  readonly registry: Registry;
  request(seen: { method: string; route: string; status: number; seconds: number }): void;
  /** A viewer's stream ended: it left, was cut, or was ended. */
  viewerEnded(end: string): void;
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export function createMetrics(options: {
  /** Open SSE streams. */
  viewers: () => number;
  /** Rooms in memory. */
  roomsInMemory: () => number;
  /** Also what Node says of itself. Default false. */
  process?: boolean;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
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
  const ended = new Counter({
    name: "parley_viewers_ended_total",
    help: "SSE streams that ended: left, cut (did not read), ended",
    labelNames: ["end"],
    registers,
  });
  gauge(registers, { name: "parley_viewers", help: "Open SSE streams", value: options.viewers });
  gauge(registers, { name: "parley_rooms_in_memory", help: "Rooms folded in memory", value: options.roomsInMemory });
  if (options.process) collectDefaultMetrics({ register: registry });
  return {
    registry,
    request({ method, route, status, seconds: took }) {
      requests.inc({ method, route, status: String(status) });
      seconds.observe({ route }, took);
    },
    viewerEnded: (end) => ended.inc({ end }),
  };
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

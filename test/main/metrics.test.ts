import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createManualClock } from "../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../adapters/memory/event-log.js";
import { createMetrics } from "../../src/http/metrics.js";
import { meteredLog } from "../../src/main/assemble/metered-log.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";

const open = () => {
  const metrics = createMetrics();
  metrics.addGauges({ viewers: () => 2, roomsInMemory: () => 1 });
  return metrics;
};
const commitOf = (id: string) => ({
  id,
  version: 1,
  parent: "",
  at: 0,
  by: "mia",
  events: [{ type: "room.paused" }, { type: "room.resumed" }],
});

test("writes to the log are counted by outcome and by stored events", async () => {
  const metrics = open();
  const log = meteredLog(createMemoryEventLog(), { clock: createManualClock(0), onAppend: metrics.append });
  expect(await log.append("room/a", [commitOf("one")])).toEqual({ kind: "appended" });
  expect(await log.append("room/a", [commitOf("two")])).toMatchObject({ kind: "conflict" });
  const broken = new PortError("away", { code: "unavailable", retryable: true });
  const failing = meteredLog<EventLog>(
    { ...createMemoryEventLog(), append: () => Promise.reject(broken) },
    { clock: createManualClock(0), onAppend: metrics.append },
  );
  await expect(failing.append("room/a", [commitOf("three")])).rejects.toBe(broken);
  const text = await metrics.registry.metrics();
  for (const outcome of ["appended", "conflict", "failed"])
    expect(text).toContain(`parley_log_append_seconds_count{outcome="${outcome}"} 1`);
  expect(text).toContain('parley_events_total{type="room.paused"} 1');
});

test("agents' requests to external hosts are counted by outcome, with their bytes", async () => {
  const metrics = open();
  metrics.egress({ outcome: "done", sentBytes: 100, receivedBytes: 2_000 });
  metrics.egress({ outcome: "cut", sentBytes: 1, receivedBytes: 0 });
  metrics.egress({ outcome: "refused", sentBytes: 0, receivedBytes: 0 });
  const text = await metrics.registry.metrics();
  for (const outcome of ["done", "cut", "refused"])
    expect(text).toContain(`parley_egress_total{outcome="${outcome}"} 1`);
  expect(text).toContain('parley_egress_bytes_total{direction="sent"} 101');
  expect(text).toContain('parley_egress_bytes_total{direction="received"} 2000');
});

test("every metric is explained to the operator", async () => {
  const explained = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const names = open()
    .registry.getMetricsAsArray()
    .map(({ name }) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !explained.includes(`\`${name}`))).toEqual([]);
});

import { anyText, flag, oneOf, readCommand, refuseCommand } from "../support/command-options.js";
import { callbackRows } from "./callbacks.js";
import { memoryRows, startRows, turnRows } from "./claude-code.js";
import { directiveRows } from "./directives.js";
import { firstPaintRows } from "./first-paint.js";
import { jobRows } from "./fleet-jobs.js";
import type { LogKind } from "./fleet-log.js";
import { runFleetNode } from "./fleet-node.js";
import { fleetLatencyRows, fleetManyRoomRows, fleetOneRoomRows, fleetRestartRows } from "./fleet-rows.js";
import { latencyRows, manyRoomRows, oneRoomRows } from "./routing.js";
import { catchUpRows, idleMemoryRows, restartRows } from "./serving.js";
import { slowViewerRows } from "./slow-viewer.js";
import { printRows, type Row } from "./statistics.js";
import { stepRows } from "./steps.js";
import { viewerRows } from "./viewers.js";
import { watchedRouteRows } from "./watched-route.js";
import { workFolderRows } from "./work-folder.js";

/**
 * One axis after the other, floors in the same run. `npm run bench -- P6 P8` runs those that hold one of these rows, `npm run bench --
 * --fleet P1` the same over Redis and PostgreSQL (`--log streams`: a stream server), with one process and with two, beside one with a data folder.
 */
interface Axis {
  ids: string[];
  run: () => Promise<Row[]>;
}

const ownAxes: Axis[] = [
  { ids: ["P1", "P4"], run: latencyRows },
  { ids: ["P2"], run: oneRoomRows },
  { ids: ["P3"], run: manyRoomRows },
  { ids: ["P6"], run: viewerRows },
  { ids: ["P6"], run: watchedRouteRows },
  { ids: ["P7"], run: slowViewerRows },
  { ids: ["P8"], run: catchUpRows },
  { ids: ["P9"], run: restartRows },
  { ids: ["P11"], run: idleMemoryRows },
  { ids: ["FP"], run: firstPaintRows },
  { ids: ["S1"], run: stepRows },
  { ids: ["G1"], run: directiveRows },
  { ids: ["G2"], run: callbackRows },
  { ids: ["W1"], run: workFolderRows },
  { ids: ["C1"], run: turnRows },
  { ids: ["C2"], run: startRows },
  { ids: ["C3"], run: memoryRows },
];

const fleetAxes = (kind: LogKind): Axis[] => [
  { ids: ["P1", "P4"], run: () => fleetLatencyRows(kind) },
  { ids: ["P2"], run: () => fleetOneRoomRows(kind) },
  { ids: ["P3"], run: () => fleetManyRoomRows(kind) },
  { ids: ["P9"], run: () => fleetRestartRows(kind) },
  { ids: ["P12"], run: jobRows },
];

const everyId = [...new Set([...ownAxes, ...fleetAxes("postgres")].flatMap(({ ids }) => ids))];
const spec = {
  command: "npm run bench --",
  options: {
    fleet: flag,
    log: oneOf(["postgres", "streams"], "postgres"),
    "fleet-node": { ...anyText("task"), isInternal: true },
  },
  words: { shown: "P1 P8 ...", among: everyId },
};
const { values, words: wanted } = readCommand(spec);
if (values["fleet-node"] === undefined) await runAxes(values.fleet ? fleetAxes(values.log) : ownAxes);
else await runFleetNode(values["fleet-node"]);

async function runAxes(axes: readonly Axis[]): Promise<void> {
  const unknown = wanted.filter((id) => !axes.some(({ ids }) => ids.includes(id)));
  if (unknown.length > 0)
    refuseCommand(spec, `no such row: ${unknown.join(", ")}; there are ${axes.flatMap(({ ids }) => ids).join(", ")}`);
  for (const { ids, run } of axes) {
    if (wanted.length > 0 && !ids.some((id) => wanted.includes(id))) continue;
    printRows(await run());
  }
}

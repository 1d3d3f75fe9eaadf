import type { GateView } from "../../core/room/view.js";
import type { CliCommand, Context, RoomAccess } from "../command.js";
import { findRoom } from "../find-room.js";
import { pickGate } from "../pick-gate.js";
import { dim, strong } from "../screen.js";
import { connectToServer } from "../server.js";
import { commandsFor, decidableGate, printGate } from "../show-gate.js";
import { printDiffs } from "../show-push.js";
import { safeJson } from "../visible.js";

export const gatesCommand: CliCommand = {
  path: ["gates"],
  summary: "what waits for a person, in one room or in all",
  details:
    "With --json each gate has the hash that approve, edit, drop, answer, allow and deny take with --yes --hash.",
  arguments: [
    { name: "room", help: "id or name of the room; without it all rooms (admin)", optional: true },
    { name: "gate", help: "id of one gate, or how it begins, to see all of its text", optional: true },
  ],
  options: {},
  examples: [
    "parley gates",
    "parley gates demo",
    "parley gates demo g-4f1c",
    "parley gates demo --json | jq -r '.gates[0].hash'",
  ],
  async run(context, typed) {
    const named = typed.optionalArgument("room");
    const wanted = typed.optionalArgument("gate");
    if (named === undefined) await showAll(context);
    else if (wanted === undefined) await showRoom(context, await findRoom(context, named, { reads: true }), named);
    else await showOne(context, await findRoom(context, named, { reads: true }), wanted);
    return undefined;
  },
};

export async function gatesOf({ api, roomId }: RoomAccess): Promise<GateView[]> {
  return (await api.call("listGates", { parts: { id: roomId } })).gates;
}

async function showAll(context: Context): Promise<void> {
  const api = await connectToServer(context);
  const { rooms } = await api.call("listRooms", {});
  const found: (GateView & { roomId: string; room: string })[] = [];
  for (const { roomId, name } of rooms.filter(({ openGates }) => openGates > 0)) {
    const gates = await gatesOf({ api, roomId, name });
    found.push(...gates.map((gate) => ({ ...gate, roomId, room: name })));
  }
  if (context.json) {
    context.screen.json(safeJson({ gates: found }));
    return;
  }
  if (found.length === 0) context.screen.line("Nothing waits for a person.");
  for (const gate of found) {
    context.screen.line([strong(gate.room), dim(` ${gate.roomId}`)]);
    show(context, gate, gate.roomId);
  }
}

async function showRoom(context: Context, access: RoomAccess, named: string): Promise<void> {
  const gates = await gatesOf(access);
  if (context.json) {
    context.screen.json(safeJson({ gates }));
    return;
  }
  if (gates.length === 0) context.screen.line(`Nothing waits for a person in ${access.name}.`);
  for (const gate of gates) show(context, gate, named);
}

function show({ screen, now }: Context, gate: GateView, room: string): void {
  printGate(screen, gate, { full: false, nowMs: now() });
  if (gate.body === undefined) return;
  const commands = commandsFor(decidableGate(gate).kind).join("|");
  screen.line(dim(`parley ${commands} ${room} ${gate.gateId}`), { indent: 2 });
}

async function showOne(context: Context, access: RoomAccess, wanted: string): Promise<void> {
  const gate = await pickGate(await gatesOf(access), wanted);
  if (context.json) {
    context.screen.json(safeJson(gate));
    return;
  }
  printGate(context.screen, gate, { full: true, nowMs: context.now() });
  await printDiffs(context, access, gate);
}

import { openApi } from "../../../src/protocol/openapi.js";
import type { Operation } from "../../../src/protocol/operation.js";
import { type OperationId, operations } from "../../../src/protocol/operations.js";
import { type JsonSchema, namedSchemas, queryMembers, referenceTo } from "../../../src/protocol/schema-names.js";
import { seededRandom } from "../../support/seeded-random.js";
import { adminToken } from "./api.js";
import { addressOf, aims, createWorld, happy, type Request, type World } from "./fuzz-world.js";
import { createValues, pick, type Random, type Values } from "./schema-values.js";

export const operationIds = Object.keys(openApiIds()) as OperationId[];

/** Every `operation status` the document names, without 500: that one is always a fault. */
export function documentedStatuses(): string[] {
  return operationIds.flatMap((id) => {
    const { answers, problems }: Operation = operations[id];
    return [...Object.keys(answers), ...problems].map((status) => `${id} ${status}`);
  });
}

/** Sends a request and gives its status. The client checks the answer; a stream is read no further than its head. */
export async function send(world: World, id: OperationId, { parts, ...call }: Request): Promise<number> {
  const { method, path }: Operation = operations[id];
  const address = addressOf(path, world, parts);
  if (!/\/(events|turns)$/.test(path)) return (await world.api.call(method, address, call)).status;
  const response = await world.api.send(method, address, call);
  await response.body?.cancel();
  return response.status;
}

/** A request that succeeds, changed so that it ends with another status. */
export function aimedRequests(world: World, id: OperationId, status: number): Request[] {
  const usual = { token: world.room.owner, ...happy[id](world) };
  return (aims[status] ?? []).map((aim) => {
    const change = aim(world, id);
    const parts = { ...usual.parts, ...change.parts };
    return { ...usual, ...change, parts, ...(change.raw !== undefined && { body: undefined }) };
  });
}

/** Sends `runs` requests made from the document, right and wrong ones; gives each `operation status` that came, with how often. */
export async function fuzz({ seed, runs }: { seed: number; runs: number }): Promise<Map<string, number>> {
  const random = seededRandom(seed);
  const values = createValues(namedSchemas(), random);
  const reached = new Map<string, number>();
  let world = await createWorld();
  for (let run = 0; run < runs; run++) {
    if (run % requestsPerWorld === requestsPerWorld - 1) world = await createWorld();
    const id = pick(random, operationIds);
    const request = randomRequest(world, { id, random, values });
    const status = await send(world, id, request).catch((error: Error) => {
      throw new Error(`seed ${seed}, run ${run}, ${id} ${JSON.stringify(request).slice(0, 2_000)}`, { cause: error });
    });
    const key = `${id} ${status}`;
    reached.set(key, (reached.get(key) ?? 0) + 1);
  }
  return reached;
}

/** Rooms are closed and agents removed on the way: after this many requests there are new ones. */
const requestsPerWorld = 80;

interface Making {
  id: OperationId;
  random: Random;
  values: Values;
}

function randomRequest(world: World, making: Making): Request {
  const { id, random } = making;
  const { room, postOnly } = world;
  const usual: Request = happy[id](world);
  const tokens = [
    undefined,
    "wrong",
    room.viewer,
    room.member,
    room.approver,
    room.owner,
    room.owner,
    postOnly.token,
    adminToken,
  ];
  const token = usual.token !== undefined && random() < 0.5 ? usual.token : pick(random, tokens);
  const body = randomBody(usual, making);
  return {
    token,
    parts: randomParts(world, usual, making),
    headers: randomHeaders(world, random),
    ...from(random),
    ...body,
  };
}

/** Every request its own address, so that failed codes of one do not close the door to all. */
const from = (random: Random) => ({ from: `192.0.${Math.floor(random() * 250)}.${Math.floor(random() * 250)}` });

function randomBody(usual: Request, { id, random, values }: Making): Request {
  const { body: schema }: Operation = operations[id];
  if (!schema) return {};
  const roll = random();
  if (roll < 0.05) return { raw: pick(random, ["{", "[1,", "nul", "\u0000", " ".repeat(70_000)]) };
  if (roll < 0.3 && usual.body !== undefined) return { body: usual.body };
  // It would wait for a message as long as it was asked to.
  if (id === "takeTurn") return { body: { waitSeconds: pick(random, [0, -1, 51, "1"]) } };
  return { body: roll < 0.75 ? values.fitting(referenceTo(schema)) : values.broken(referenceTo(schema)) };
}

function randomParts(world: World, { parts = {} }: Request, { id, random, values }: Making): Record<string, string> {
  const { room, closed, gate, inviteId, postOnly } = world;
  const odd = ["nobody", "0000000000", "%", "a b", "..", "\u0000", "x".repeat(300), "😀"];
  const known: Record<string, string[]> = {
    id: [room.roomId, room.roomId, room.roomId, closed.roomId],
    name: ["coder", "reviewer", "max", "vic", "host"],
    gateId: [gate.gateId],
    inviteId: [inviteId],
    tokenId: [postOnly.id],
  };
  const { path, query }: Operation = operations[id];
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const chosen = names.map((name) => [name, pick(random, random() < 0.8 ? (known[name] ?? odd) : odd)]);
  const search = new URLSearchParams();
  for (const [name, schema] of Object.entries(query ? queryMembers(query) : {}))
    if (random() < 0.2) search.append(name, queryValue(schema, { random, values }));
  if (random() < 0.03) search.append("unknown", "1");
  const kept = random() < 0.3 ? parts : {};
  return { ...Object.fromEntries(chosen), ...kept, ...(search.size > 0 && { query: `?${search}` }) };
}

function queryValue(schema: JsonSchema, { random, values }: { random: Random; values: Values }): string {
  return random() < 0.15
    ? pick(random, ["", "x", "-1", "1e3", "\u0000", "9".repeat(16)])
    : String(values.fitting(schema));
}

function randomHeaders({ room }: World, random: Random): Record<string, string> {
  const roll = random();
  if (roll < 0.08) return { Cookie: `parley_${room.roomId}=${pick(random, [room.owner, room.viewer, "wrong"])}` };
  if (roll < 0.12) return { Origin: pick(random, ["http://parley.test", "https://elsewhere.example", "null"]) };
  if (roll < 0.2) return { "Idempotency-Key": pick(random, ["one", "two", "with space", "x".repeat(300)]) };
  if (roll < 0.25) return { "Last-Event-ID": pick(random, ["0", "3.0", "nonsense"]) };
  if (roll < 0.3) return { "Parley-As": pick(random, ["host", "max", "nobody", ""]) };
  return {};
}

/** Operation ids of the document: exactly the documented operations are fuzzed. */
function openApiIds(): Record<string, true> {
  const { paths } = openApi({ version: "0" });
  const found = Object.values(paths).flatMap((methods) => Object.values(methods));
  return Object.fromEntries(found.map(({ operationId }) => [String(operationId), true]));
}

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { listSources } from "./support/imports.js";
import { portProblems, readPortShape } from "./support/port-shapes.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Exceptions from "one port per file, at most six methods" today. The list only shrinks: a line whose problem is gone fails too. */
const exceptions: readonly string[] = [
  "src/ports/agents.ts: holds 2 ports (Agents, Agent)",
  "src/ports/chat.ts: Chat has 7 methods",
  "src/ports/egress.ts: holds 3 ports (Egress, EgressDoor, EgressCaller)",
  "src/ports/leases.ts: holds 2 ports (Leases, Lease)",
  "src/ports/model-gateway.ts: holds 2 ports (ModelGateway, GatewayCaller)",
  "src/ports/repositories.ts: holds 2 ports (Repositories, RepositoryCaller)",
  "src/ports/sandboxes.ts: holds 2 ports (Sandboxes, Sandbox)",
];

const problemsOf = (text: string) => portProblems(readPortShape({ path: "src/ports/a.ts", text }));

describe("the files of src/ports", () => {
  const shapes = listSources(root, ["src/ports"]).map(readPortShape);

  test("declare ports", () => {
    const ports = shapes.flatMap((shape) => shape.ports.map(({ name }) => name));
    expect(ports).toEqual(expect.arrayContaining(["EventLog", "Chat", "Repositories", "RepositoryTokens"]));
  });

  test("export types and error classes alone, one port per file, with at most six methods", () => {
    expect(shapes.flatMap(portProblems)).toEqual(exceptions);
  });
});

describe("a file of src/ports", () => {
  test.each([
    "export interface A { run(): void }",
    "export type A = { run(): void }; export interface B { size: number }",
    'export class AError extends Error { readonly code = "a"; }',
    'export type { A } from "./b.js"; export type * from "./c.js"; export { type D } from "./d.js";',
    "const hidden = 1; export type A = typeof hidden;",
    "export interface A { a(): void; b(): void; c(): void; d(): void; e(): void; f(): void }",
  ])("may say: %s", (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test.each([
    ["export function settle() {}", "function settle"],
    ["export async function readAll() {}", "function readAll"],
    ["export const codes = [1, 2] as const;", "const codes"],
    ["export const make = () => 1;", "const make"],
    ["export class Queue { push() {} }", "class Queue"],
    ["export class Queue extends Base {}", "class Queue"],
    ["export enum Kind { A }", "Kind"],
    ['export { a } from "./b.js";', "export { a }"],
    ['export * from "./b.js";', "export *"],
    ["const a = 1; export { a };", "export { a }"],
    ["export interface A { run(): void } export interface B { stop(): void }", "2 ports (A, B)"],
    [`export interface A { ${[..."abcdefg"].map((name) => `${name}(): void;`).join(" ")} }`, "A has 7 methods"],
  ])("may not say: %s", (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });
});

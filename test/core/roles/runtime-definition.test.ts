import { expect, test } from "vitest";
import { mayChange, whyRoleNotEnforced } from "../../../src/core/roles/runtime-definition.js";

const reader = { allow: ["Read", "Grep"], autoAllow: ["Read", "Grep"], deny: [] };
const coder = { allow: ["Read", "Edit", "Write", "Bash"], autoAllow: ["Read", "Edit", "Write"], deny: [] };
const free = { ...coder, autoAllow: coder.allow };
const asks = { name: "codex", tools: "asks" } as const;
const none = { name: "mine", tools: "none" } as const;

test("a role with Edit, Write or Bash may change something, unless it is denied", () => {
  expect([reader, coder, { allow: ["Bash"], deny: ["Bash"], autoAllow: [] }].map(mayChange)).toEqual([
    false,
    true,
    false,
  ]);
});

test("a runtime that asks holds every role to its tools but rules with patterns", () => {
  expect([reader, coder, free].map((role) => whyRoleNotEnforced(asks, role))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(whyRoleNotEnforced(asks, { ...coder, deny: ["Bash(rm *)"] })).toContain("Bash(rm *)");
});

test("a runtime that does not ask takes roles that only read or may do everything without asking", () => {
  expect(whyRoleNotEnforced(none, reader)).toBeUndefined();
  expect(whyRoleNotEnforced(none, free)).toBeUndefined();
  expect(whyRoleNotEnforced(none, coder)).toContain("asked about Bash");
});

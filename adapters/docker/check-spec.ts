import { isAbsolute } from "node:path";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import { refused } from "./engine-errors.js";

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const envNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** The engine takes no less. */
const minMemoryMb = 6;

/** Rejects (`refused`) a spec no engine could build as it is meant, before anything is made. */
export function checkSpec(spec: SandboxSpec): void {
  const problem = problemOf(spec);
  if (problem !== undefined) throw refused(`The sandbox was not started: ${problem}. Nothing was changed.`);
}

export function isSandboxId(id: string): boolean {
  return idPattern.test(id);
}

function problemOf({ id, labels, command, env, limits, ...dirs }: SandboxSpec): string | undefined {
  if (!isSandboxId(id)) return `its id ${JSON.stringify(id)} is not 1 to 63 letters, digits, dashes or underscores`;
  if (command.length === 0) return "it has no command";
  if (command.some(hasNul)) return "its command holds a NUL character";
  const name = Object.keys(env).find((key) => !envNamePattern.test(key));
  if (name !== undefined) return `${JSON.stringify(name)} is not a name for an environment variable`;
  if (Object.values(env).some(hasNul)) return "its environment holds a NUL character";
  const label = Object.keys(labels).find((key) => !labelPattern.test(key));
  if (label !== undefined) return `${JSON.stringify(label)} is not a name for a label`;
  const dir = [dirs.socketDir, dirs.readOnlyDir].find((path) => path !== undefined && !isAbsolute(path));
  if (dir !== undefined) return `the folder ${JSON.stringify(dir)} is not an absolute path`;
  return limitProblem(limits);
}

function limitProblem({ memoryMb, cpus, pids }: SandboxSpec["limits"]): string | undefined {
  if (!Number.isFinite(memoryMb) || memoryMb < minMemoryMb) return `its memory limit is not ${minMemoryMb} MB or more`;
  if (!Number.isFinite(cpus) || cpus < 0.01) return "its CPU limit is not 0.01 or more";
  if (!Number.isInteger(pids) || pids < 1) return "its process limit is not a whole number above 0";
  return undefined;
}

function hasNul(text: string): boolean {
  return text.includes("\0");
}

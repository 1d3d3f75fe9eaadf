import { PortError, type PortErrorCode } from "../../ports/port-error.js";
import type { WorkspaceOwner, Workspaces } from "../../ports/workspaces.js";

/** What one process asks the process that is an agent's home about its work folder. Bytes are in base64. */
export type WorkQuestion =
  | { ask: "list"; folder: string; options: { after?: string; limit?: number } }
  | { ask: "read"; path: string; options: { offset?: number; maxBytes?: number } }
  | { ask: "status" }
  | { ask: "diff"; options: { path?: string; maxBytes?: number } };

/** A question about a work folder, as it goes to another process. */
export interface WorkCall {
  /** Parley's version. Another version may ask otherwise. */
  parley: string;
  work: WorkQuestion;
  agent: WorkspaceOwner;
}

/** The answer of the other process. `found` without a value: it is not there. */
export type WorkAnswer =
  | { kind: "found"; value?: unknown }
  | { kind: "failed"; code: PortErrorCode; message: string; retryable: boolean };

/** Most bytes of a file or diff in one answer. */
export const maxWorkBytes = 2 * 1_024 * 1_024;

/** Whether the body of a signed call asks about a work folder, in a form that this version reads. */
export function isWorkCall(value: unknown, parley: string): value is WorkCall {
  const call = value as Partial<WorkCall> | null;
  return typeof call === "object" && call !== null && call.parley === parley && typeof call.work?.ask === "string";
}

/** Answers with the work folders of this process. */
export async function answerWorkCall(workspaces: Workspaces, { agent, work }: WorkCall): Promise<WorkAnswer> {
  try {
    const value = await foundIn(workspaces, agent, work);
    return { kind: "found", ...(value !== undefined && { value }) };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const { code, message, retryable } = error;
    return { kind: "failed", code, message, retryable };
  }
}

async function foundIn(workspaces: Workspaces, agent: WorkspaceOwner, work: WorkQuestion): Promise<unknown> {
  switch (work.ask) {
    case "list":
      return workspaces.list(agent, work.folder, work.options);
    case "status":
      return workspaces.status(agent);
    case "diff":
      return workspaces.diff(agent, work.options);
    case "read": {
      const file = await workspaces.read(agent, work.path, work.options);
      return file && { size: file.size, base64: Buffer.from(file.bytes).toString("base64") };
    }
  }
}

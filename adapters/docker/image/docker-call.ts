import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The image was not built; the message says what is missing and what to do. */
export class BuildError extends Error {
  readonly code = "agent_image_not_built";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "BuildError";
  }
}

interface ProgramCall {
  readonly args: readonly string[];
  /** Default false: output is returned. */
  readonly isShown?: boolean;
  /** Default: that of this process. */
  readonly cwd?: string;
}

/** Runs a program and returns its standard output; shown output goes to standard error. Rejects with its complaints. */
export const runProgram = (program: string, call: ProgramCall): Promise<string> =>
  new Promise((resolve, reject) => {
    const stdio = call.isShown === true ? (["ignore", 2, 2] as const) : (["ignore", "pipe", "pipe"] as const);
    const child = spawn(program, call.args, { stdio: [...stdio], ...(call.cwd !== undefined && { cwd: call.cwd }) });
    let output = "";
    let complaints = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output.trim());
      else reject(new Error(complaints.trim() || `${program} ${call.args[0]} ended with ${code}`));
    });
  });

/** A file of `docker/` of the package, relative to the source or to the build. */
export const imageFile = (name: string): string => {
  const folder = import.meta.url.endsWith(".ts") ? "../../../docker/" : "../../../../docker/";
  return fileURLToPath(new URL(name, new URL(folder, import.meta.url)));
};

/** A problem with a file. `line` counts from 1; absent for a folder. */
export interface FileProblem {
  file: string;
  line?: number;
  reason: string;
}

/** Minimal file system. Both return undefined for a missing path and reject if it cannot be read. */
export interface FileReader {
  listFolders(path: string): Promise<string[] | undefined>;
  readText(path: string): Promise<string | undefined>;
}

/** `roles/coder/SKILL.md, line 3: …`. Full paths are only for the operator. */
export function describeProblem({ file, line, reason }: FileProblem, { short }: { short: boolean }): string {
  const shown = short ? file.split(/[\\/]/).slice(-3).join("/") : file;
  return `${shown}${line === undefined ? "" : `, line ${line}`}: ${reason}`;
}

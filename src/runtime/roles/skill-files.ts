/** A problem with a file. `line` counts from 1; absent for a folder. */
export interface FileProblem {
  file: string;
  line?: number;
  reason: string;
  /** True: it could not be read at this moment, which says nothing about what it holds. */
  isUnreadable?: true;
}

/** Minimal file system. `listFolders` and `readText` return undefined for a missing path and reject if it cannot be read. */
export interface FileReader {
  listFolders(path: string): Promise<string[] | undefined>;
  readText(path: string): Promise<string | undefined>;
  /** Another text whenever a file or folder below `path` changed, is new or is gone, or can be read where it could not. Never rejects. Absent: nothing changes. */
  stampOf?(path: string): Promise<string>;
}

/** `roles/coder/SKILL.md, line 3: …`. Full paths are only for the operator. */
export function describeProblem({ file, line, reason }: FileProblem, { short }: { short: boolean }): string {
  const shown = short ? file.split(/[\\/]/).slice(-3).join("/") : file;
  return `${shown}${line === undefined ? "" : `, line ${line}`}: ${reason}`;
}

/** A file that cannot be used. `line` counts from 1; a folder has none. */
export interface FileProblem {
  file: string;
  line?: number;
  reason: string;
}

/** What is asked of a file system. Both answer undefined for what is not there, and reject where it cannot be read. */
export interface FileReader {
  listFolders(path: string): Promise<string[] | undefined>;
  readText(path: string): Promise<string | undefined>;
}

/** `roles/coder/SKILL.md, line 3: …`; whole paths are for who runs this machine. */
export function describeProblem({ file, line, reason }: FileProblem, { short }: { short: boolean }): string {
  const shown = short ? file.split(/[\\/]/).slice(-3).join("/") : file;
  return `${shown}${line === undefined ? "" : `, line ${line}`}: ${reason}`;
}

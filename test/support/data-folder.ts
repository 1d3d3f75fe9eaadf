import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/** The required content of a stored data folder, as `make-data-folder.ts` wrote it down. */
export interface ExpectedData {
  madeAtMs: number;
  secret: string;
  /** The owner's token of the room `roomId`, and a viewer's invite code. */
  token: string;
  roomId: string;
  invite: string;
  /** Ids of the buttons of a posted card. */
  buttons: string[];
  /** Answers of `GET /api/rooms/:id`. */
  rooms: { roomId: string; version: number }[];
}

/** Where the folder of a format is kept. */
export const fixtureFolder = (format: number): string =>
  fileURLToPath(new URL(`../fixtures/format-${format}`, import.meta.url));

/** A copy of a stored data folder, to be opened and thrown away. */
export function openFixture(format: number): { dir: string; expected: ExpectedData; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "parley-fixture-"));
  const stored = fixtureFolder(format);
  cpSync(join(stored, "data"), dir, { recursive: true });
  const log = join(dir, "data.mdb");
  writeFileSync(log, gunzipSync(readFileSync(`${log}.gz`)));
  const expected = JSON.parse(readFileSync(join(stored, "expected.json"), "utf8")) as ExpectedData;
  return { dir, expected, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Stores a data folder: its log compressed, for most of that file is empty, and everything else as it lies. */
export function storeFixture(dataDir: string, { target, expected }: { target: string; expected: object }): void {
  rmSync(target, { recursive: true, force: true });
  cpSync(dataDir, join(target, "data"), { recursive: true });
  const log = join(target, "data", "data.mdb");
  writeFileSync(`${log}.gz`, gzipSync(readFileSync(log)));
  for (const left of ["data.mdb", "lock.mdb", "run.json"]) rmSync(join(target, "data", left), { force: true });
  writeFileSync(join(target, "expected.json"), `${JSON.stringify(expected, undefined, 2)}\n`);
}

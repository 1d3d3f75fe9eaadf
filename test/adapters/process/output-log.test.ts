import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createOutputLog } from "../../../adapters/process/output-log.js";

test("lines that are not entries are passed over: cut, of another form, or of another output", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-output-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "output");
  const log = createOutputLog(path, () => 5);
  log.append("stdout", Buffer.from("one\n"));
  for (const line of ['{"at":5,"name":"stdout"}', '{"at":"5","name":"stdout","bytes":"eA=="}', "null", '{"at":5,"na'])
    appendFileSync(path, `${line}\n`);
  log.append("stderr", Buffer.from("warning\n"));
  log.append("stdout", Buffer.from("two\n"));
  expect(log.since("stdout", 0).toString()).toBe("one\ntwo\n");
  expect(log.since("stderr", 0).toString()).toBe("warning\n");
});

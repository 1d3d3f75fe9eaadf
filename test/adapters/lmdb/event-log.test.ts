import { afterAll } from "vitest";
import { describeEventLog } from "../../contract/event-log.js";
import { newFolder, openTestLog, removeFolders } from "../../support/lmdb.js";

afterAll(removeFolders);

describeEventLog({
  name: "lmdb",
  supports: { durable: true, faults: ["loseNextAnswer"] },
  open: openTestLog,
  crash: { module: new URL("../../support/lmdb.ts", import.meta.url), newLocation: async () => newFolder() },
});

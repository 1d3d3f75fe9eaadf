import { afterAll } from "vitest";
import { describeEventLog } from "../../contract/event-log.js";
import { newFolder, openTestLog, removeFolders } from "../../support/lmdb.js";

afterAll(removeFolders);

describeEventLog({
  name: "lmdb",
  supports: { durable: true, faults: ["loseNextAnswer"] },
  open: () => openTestLog(),
  crash: { module: new URL("../../support/lmdb.ts", import.meta.url), newLocation: async () => newFolder() },
});

describeEventLog({
  name: "lmdb with journals of their own",
  supports: { durable: true, faults: ["loseNextAnswer"] },
  open: () => openTestLog({}),
  groups: ["append", "read", "tail", "damage"],
});

describeEventLog({
  name: "lmdb, in the environment of the journals",
  supports: { durable: true, faults: ["loseNextAnswer"] },
  open: () => openTestLog({ prefix: "" }),
  crash: { module: new URL("../../support/lmdb-split.ts", import.meta.url), newLocation: async () => newFolder() },
});

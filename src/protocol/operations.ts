import { agentOperations } from "./operations/agents.js";
import { externalOperations } from "./operations/external.js";
import { fileOperations } from "./operations/files.js";
import { messageOperations } from "./operations/messages.js";
import { metaOperations } from "./operations/meta.js";
import { peopleOperations } from "./operations/people.js";
import { roleOperations } from "./operations/roles.js";
import { roomOperations } from "./operations/rooms.js";
import { runtimeOperations } from "./operations/runtimes.js";
import { setupOperations } from "./operations/setups.js";
import { spendingOperations } from "./operations/spending.js";
import { tokenOperations } from "./operations/tokens.js";
import { turnOperations } from "./operations/turns.js";
import { workOperations } from "./operations/work.js";

/**
 * Every operation of the HTTP API by its id. The OpenAPI document, the table of docs/protocol.md, the checks of the tests and the
 * client are made from it.
 */
export const operations = {
  ...metaOperations,
  ...roomOperations,
  ...messageOperations,
  ...fileOperations,
  ...agentOperations,
  ...externalOperations,
  ...peopleOperations,
  ...roleOperations,
  ...runtimeOperations,
  ...setupOperations,
  ...spendingOperations,
  ...tokenOperations,
  ...workOperations,
  ...turnOperations,
} as const;

/** The name under which an operation is in `operations`, and its `operationId` in the OpenAPI document. */
export type OperationId = keyof typeof operations;

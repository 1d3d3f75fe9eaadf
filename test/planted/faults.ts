import type { PlantedFault } from "./fault.js";
import { adapterFaults } from "./faults/adapters.js";
import { chatFaults } from "./faults/chat.js";
import { coreFaults } from "./faults/core.js";
import { faceFaults } from "./faults/faces.js";
import { runtimeFaults } from "./faults/runtime.js";
import { vendorFaults } from "./faults/vendors.js";

/** Every planted fault, across all parts of the code. */
export const plantedFaults: readonly PlantedFault[] = [
  ...coreFaults,
  ...runtimeFaults,
  ...chatFaults,
  ...faceFaults,
  ...adapterFaults,
  ...vendorFaults,
];

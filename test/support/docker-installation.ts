import { randomBytes } from "node:crypto";
import { removeInstallation, writeDownInstallation } from "./docker-leftovers.js";
import { sha256 } from "./sha256.js";

/** Docker resources of one Parley in a test. */
export interface DockerInstallation {
  /** For its environment: containers and homes are known by it. */
  env: { PARLEY_SECRET: string; PARLEY_SANDBOX: string };
  /** Its containers and volumes, homes included, are gone for good. */
  remove(): Promise<void>;
}

/** `seed`: another one for each Parley. */
export function dockerInstallation(seed: string): DockerInstallation {
  const secret = `a secret of the installation ${seed}`;
  const id = sha256(`installation/${secret}`).slice(0, 16);
  writeDownInstallation(id);
  return {
    env: { PARLEY_SECRET: secret, PARLEY_SANDBOX: "docker" },
    async remove() {
      await removeInstallation(id);
    },
  };
}

/** Id of an installation without a Parley: sandboxes alone. */
export function newInstallationId(): string {
  const id = `test${randomBytes(6).toString("hex")}`;
  writeDownInstallation(id);
  return id;
}

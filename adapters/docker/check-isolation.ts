import type { Container } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import type { ContainerSettings, createNaming } from "./container-config.js";
import { isOfEngine, toPortError, within } from "./engine-errors.js";
import { failedIsolationChecks } from "./isolation-checks.js";
import { probeIsolation } from "./probe.js";
import { execute } from "./sandbox.js";

/** So long after its end a container may still count as running. */
const endTimeoutMs = 3_000;

/** What a container is compared with, and how long looking at it from inside may take. */
export interface IsolationCheck {
  spec: SandboxSpec;
  settings: ContainerSettings;
  naming: ReturnType<typeof createNaming>;
  clock: Clock;
  probeTimeoutMs: number;
}

/** Names of the failed isolation checks of a running container, from outside and from inside. Rejects where the engine does not respond, which says nothing about the isolation. */
export async function checkIsolation(
  container: Container,
  { spec, settings, naming, clock, probeTimeoutMs }: IsolationCheck,
): Promise<string[]> {
  const broken = failedIsolationChecks(await container.inspect(), { spec, settings, naming });
  if (broken.length > 0) return broken;
  const probing = probeIsolation((command) => execute(container, command), spec);
  const doing = `Looking at the walls of the sandbox ${spec.id}`;
  const probed = await within(probing, { clock, timeoutMs: probeTimeoutMs, doing }).catch((error: unknown) => error);
  if (Array.isArray(probed)) return probed;
  // One that has ended cannot be looked at from inside, and does nothing any more.
  const ended = container.wait({ condition: "not-running" });
  const hasEnded = await within(ended, { clock, timeoutMs: endTimeoutMs, doing: "Waiting for its end" }).catch(
    () => false,
  );
  if (hasEnded) return [];
  if (isOfEngine(probed)) throw toPortError(probed, doing);
  return ["it can be looked at from inside"];
}

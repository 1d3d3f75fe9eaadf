import { createDockerDiskUsage } from "../../../adapters/docker/disk-usage.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";

/** A process that counts the folders of one sandbox once and then waits to be killed. */
const [, , installationId = "", image = "", id = ""] = process.argv;
const disk = createDockerDiskUsage({ installationId, image, clock: createSystemClock() });
await disk.count([id]);
setInterval(() => {}, 60_000);

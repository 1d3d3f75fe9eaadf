import type { Command, Context } from "../command.js";
import { checkPublicUrl } from "../doctor/chats.js";
import { checkDocker } from "../doctor/docker.js";
import type { Finding, Level } from "../doctor/finding.js";
import { checkConfig, checkDataDir, checkNode, checkPort, checkRoles } from "../doctor/machine.js";
import { checkServer } from "../doctor/server-check.js";
import { checkServices } from "../doctor/services.js";
import { exitCodes } from "../errors.js";
import { dim, type Screen, styled } from "../screen.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";
import type { Look } from "../wrap.js";

export const doctorCommand: Command = {
  path: ["doctor"],
  summary: "look at everything Parley needs and say what to do",
  details: "It changes nothing and prints no secret. It ends with 1 when something does not work.",
  arguments: [],
  options: {},
  examples: ["parley doctor", "parley doctor --json | jq '.findings[] | select(.level != \"ok\")'"],
  async run(context) {
    const findings = await examine(context);
    const failed = findings.filter(({ level }) => level === "fail").length;
    if (context.json) context.screen.json(safeJson({ ok: failed === 0, findings }));
    else print(context.screen, findings);
    return failed === 0 ? exitCodes.ok : exitCodes.refused;
  },
};

async function examine(context: Context): Promise<Finding[]> {
  const [dataDir, roles, server, docker, services] = await Promise.all([
    checkDataDir(context),
    checkRoles(context),
    checkServer(context),
    checkDocker(context),
    checkServices(context),
  ]);
  const port = server.isHere ? [] : [await checkPort(context)];
  return [
    checkNode(process.version),
    ...checkConfig(context),
    ...dataDir,
    ...roles,
    ...server.findings,
    ...port,
    ...docker,
    ...services,
    ...checkPublicUrl(context),
  ];
}

const looks: Record<Level, Look> = { ok: "good", warn: "warn", fail: "bad", off: "dim" };

function print(screen: Screen, findings: readonly Finding[]): void {
  const signs: Record<Level, string> = {
    ok: screen.symbols.ok,
    warn: screen.symbols.warn,
    fail: screen.symbols.fail,
    off: screen.symbols.off,
  };
  const column = Math.max(...findings.map(({ about }) => about.length)) + 2;
  for (const { about, level, seen, todo } of findings) {
    const sign = styled(looks[level], signs[level].padEnd(3));
    screen.line([sign, about.padEnd(column), level === "off" ? dim(seen) : seen], { hang: column + 3 });
    if (todo !== undefined) screen.line([`${screen.symbols.arrow} ${todo}`], { indent: column + 3, hang: 2 });
  }
  const count = (wanted: Level) => findings.filter(({ level }) => level === wanted).length;
  const failed = count("fail");
  const summary =
    failed > 0 ? styled("bad", `${counted(failed, "thing")} to repair`) : styled("good", "Nothing to repair");
  screen.line([summary, `, ${counted(count("warn"), "warning")}.`]);
}

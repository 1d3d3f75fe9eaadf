import { z } from "zod";

const text = z.string().min(1).max(4_096);
const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\r\n]*$/, "one line");
const fileName = z
  .string()
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9._/-]{1,200}$/,
    "a path below the home folder, of A-Z a-z 0-9 . _ - /",
  );
const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "the name of a variable");

/** Names of runtimes are used in addresses and in commands. */
export const runtimeName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "a-z, 0-9 and -, at most 32");

/**
 * A runtime as a file of `PARLEY_RUNTIMES_DIR` defines it: a program that speaks the Agent Client Protocol, and how it is run. In values of `env` and `homeFiles`
 * stand `{token}` for the agent's token, `{anthropic}` and `{openai}` for the addresses of the model gateways inside the sandbox, `{model}` for the agent's model.
 */
export const runtimeDefinition = z.strictObject({
  name: runtimeName,
  kind: z.literal("acp"),
  /** For people. Default: the name. */
  title: line.optional(),
  description: line.optional(),
  /** Image of its containers. Default: the agents' image of the installation. */
  image: line.optional(),
  /** The program and its arguments. */
  command: z.array(text).min(1).max(64),
  /** Variables of its environment. They MUST NOT hold a secret. */
  env: z.record(environmentName, z.string().max(16_384)).optional(),
  /** Files in its home folder, by their paths there, written at each start. */
  homeFiles: z.record(fileName, z.string().max(65_536)).optional(),
  /** Path in its home folder of the file with its standing instructions. Default: they come with its first prompt. */
  instructionsFile: fileName.optional(),
  /** Words added to every agent's standing instructions. */
  instructions: z.string().max(16_384).optional(),
  /** Every piece of its own words has an id. Default: it does from the first piece that has one. */
  namesItsMessages: z.boolean().optional(),
  /** Id of the protocol's method to authenticate with. Default none. */
  authMethod: line.optional(),
  /** The providers whose gateway it needs. */
  providers: z
    .array(z.enum(["anthropic", "openai"]))
    .max(2)
    .optional(),
  /** Model where the agent names none; and models it can be given. */
  defaultModel: line.optional(),
  models: z.array(line).max(200).optional(),
  efforts: z.array(line).max(20).optional(),
  modes: z.array(line).max(50).optional(),
  /** Mode of a session by whether the agent's role may write files or run commands. Default: the program's own. */
  modeFor: z.strictObject({ readOnly: line.optional(), writing: line.optional() }).optional(),
  /** `asks`: it asks before it writes or runs something, so that a role's tools hold. `none`: it does not, and takes only roles that may do both without asking. */
  tools: z.enum(["asks", "none"]),
  /** What its agents should know is not enforced, a sentence. */
  limits: line.optional(),
});

/** A runtime's definition; see `runtimeDefinition`. */
export type RuntimeDefinition = z.infer<typeof runtimeDefinition>;

interface RoleTools {
  allow: readonly string[];
  autoAllow: readonly string[];
  deny: readonly string[];
}

/** Tools that only read: a runtime that cannot be told about them lets no harm through. */
const writing = ["Edit", "Write", "Bash"];

/** True: a role with these tools may change files or run commands. */
export function mayChange({ allow, deny }: RoleTools): boolean {
  return writing.some((name) => allow.includes(name) && !deny.includes(name));
}

/** Why a runtime cannot hold a role to its tools, a clause; undefined: it can. */
export function whyRoleNotEnforced(
  definition: Pick<RuntimeDefinition, "name" | "tools">,
  role: RoleTools,
): string | undefined {
  const pattern = role.deny.find((rule) => rule.includes("("));
  if (pattern !== undefined) {
    return `${definition.name} cannot enforce the rule ${pattern} of the role's tools.deny; Claude Code can`;
  }
  if (definition.tools === "asks" || !mayChange(role)) return undefined;
  const asked = writing.find((name) => !role.autoAllow.includes(name));
  if (asked === undefined) return undefined;
  return `${definition.name} does not ask before it uses a tool, and the role wants to be asked about ${asked}, or does not have it`;
}
